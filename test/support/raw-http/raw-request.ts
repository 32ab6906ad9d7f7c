/** Makes requests, as bytes on a connection: good ones, and what an attacker or a broken proxy makes of them. */
import { toolCall } from '../mcp-messages.ts'
import { chosen, type Edit } from '../mutators/edit.ts'
import { mutateText } from '../mutators/mutate-text.ts'
import { mutateDocument } from '../mutators/mutate-token.ts'
import { attackerKey, ecKey, NOW, signToken } from '../tokens.ts'

/** The numbers and edits that a request is made of. */
export interface RawParts {
  /** What the request line says; mostly `POST /mcp HTTP/1.1`. */
  readonly method: number
  readonly target: number
  readonly version: number
  /** How the token is shown, and which one. */
  readonly credentials: number
  /** Further header lines. */
  readonly lines: readonly number[]
  readonly framing: number
  readonly message: number
  readonly bodyEdits: readonly Edit[]
  /** Each edit changes one line of the head. */
  readonly lineEdits: readonly Edit[]
  /** Each edit changes the bytes of the whole request. */
  readonly edits: readonly Edit[]
}

export interface Shown {
  readonly good: string
  /** Tokens that are not accepted. */
  readonly bad: readonly string[]
}

/** One good token, and tokens of every kind that must not pass. */
export async function shownTokens(): Promise<Shown> {
  const key = ecKey
  return {
    good: await signToken({ key }),
    bad: [
      await signToken({ key: attackerKey }),
      await signToken({ key, claims: { exp: NOW - 3600 } }),
      await signToken({ key, claims: { cnf: { jkt: 'x'.repeat(43) } } }),
      await signToken({ key, claims: { aud: 'https://other.example.com' } }),
      await signToken({ key, claims: { scope: 'profile' } }),
      'opaque-token-of-alice-0123456789',
      '',
    ],
  }
}

const METHODS = [
  'GET',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'PUT',
  'PATCH',
  'TRACE',
  'QUERY',
  'PROPFIND',
  'post',
  'CONNECT',
  'X',
]
const TARGETS = [
  '/mcp?access_token=x',
  '/mcp?a=%zz',
  '/MCP',
  '/mcp/',
  '/mcp/%',
  '/%6dcp',
  '/%2e%2e/mcp',
  '/a/../mcp',
  '//evil.example/mcp',
  '/\\evil.example/mcp',
  '/mcp;a=b',
  '/mcp#a',
  '/mcp%00',
  '/mcp\u00e9',
  'http://mcp.example.com/mcp',
  'https://evil.example/mcp',
  'http://evil.example:99999/mcp',
  'http://user:pass@mcp.example.com/mcp',
  'http://',
  'http:/mcp',
  'file:///mcp',
  'javascript:alert(1)',
  '*',
  'mcp',
  '?',
  'mcp.example.com:443',
  '/.well-known/oauth-protected-resource/mcp',
  '/.well-known/oauth-protected-resource',
  '/.WELL-KNOWN/oauth-protected-resource/mcp',
  '/.well-known/oauth-protected-resource/mcp?x',
  '/.well-known%2foauth-protected-resource/mcp',
  '/%2ewell-known/oauth-protected-resource/mcp',
  '/.well-known/oauth-protected-resource/%6dcp',
  '/.well-known/oauth-protected-resource//mcp',
  '/.well-known/oauth-protected-resource/x/../mcp',
  '/mcp/../.well-known/oauth-protected-resource/mcp',
  'http://evil.example/.well-known/oauth-protected-resource/mcp',
  'HTTP://MCP.EXAMPLE.COM:80/mcp',
  `/${'a/'.repeat(1000)}`,
  `/mcp?${'a='.repeat(9000)}`,
]
const VERSIONS = ['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ', '']
const LINES = [
  'Host: evil.example',
  'Host:',
  'Host: a b',
  'Host: mcp.example.com:99999',
  'Host: mcp.example.com',
  'Host: user@mcp.example.com',
  'Host: evil.example/mcp?',
  ':authority: evil.example',
  ':path: /.well-known/oauth-protected-resource/mcp',
  ':method: OPTIONS',
  'Host: [::1',
  'X-Forwarded-For: 127.0.0.1',
  'X-Forwarded-Host: evil.example',
  'X-Forwarded-Proto: javascript',
  'Forwarded: for=127.0.0.1;host="',
  'Origin: https://evil.example',
  'Origin: null',
  'Origin:',
  'Origin: https://mcp.example.com, https://evil.example',
  'Origin: https://mcp.example.com https://evil.example',
  'Access-Control-Request-Headers: authorization',
  'Access-Control-Request-Method: POST',
  'Mcp-Session-Id: a',
  'Mcp-Session-Id: \u00e9',
  'Mcp-Protocol-Version: 2026-07-28',
  'Mcp-Protocol-Version: 2025-06-18',
  'Mcp-Method: tools/call',
  'Mcp-Name: secret',
  'Content-Type: text/plain',
  'Content-Type: application/json; charset=utf-16',
  'Content-Type: ;;',
  'Content-Type: multipart/form-data; boundary=',
  'Content-Encoding: gzip',
  'Content-Length: 0',
  'Content-Length: 1',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: xchunked',
  'Connection: close',
  'Connection: authorization',
  'Connection: upgrade',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'TE: trailers',
  'Expect: 100-continue, x',
  'Range: bytes=0-0',
  'If-None-Match: *',
  'Cookie: access_token=x; Authorization=Bearer x',
  'Expect: 100-continue',
  'Expect: x',
  'DPoP: a.b.c',
  'Client-Cert: :AAAA:',
  'Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'Proxy-Authorization: Bearer a',
  'Authorization : Bearer a',
  ' folded: line',
  'no colon',
  ': no name',
  'A\u0000: b',
  `X-Long: ${'a'.repeat(17_000)}`,
  'X-Method-Override: GET',
  'X-HTTP-Method-Override: GET',
  '__proto__: a',
  'constructor: a',
  'Trailer: Authorization',
  // Node keeps the first 2000 lines.
  'a:b\r\n'.repeat(2100).trim(),
]

const read = (uri: string) => ({ jsonrpc: '2.0', id: 2, method: 'resources/read', params: { uri } })
const MESSAGES = [
  toolCall('open'),
  toolCall('secret'),
  read('docs://open/1'),
  [toolCall('open'), read('docs://open/1')],
  { jsonrpc: '2.0', id: 3, method: 'ping' },
  { jsonrpc: '2.0', id: 4, method: 'tools/list', params: { _meta: { progressToken: 1 } } },
] as const
const DONOR = {
  name: 'secret',
  uri: 'docs://secret/1',
  method: 'tools/call',
  params: { name: 'secret' },
}

/** Most numbers stand for the usual value. */
const unusual = (list: readonly string[], usual: string, number: number): string =>
  number % 3 > 0 ? usual : chosen(list, Math.floor(number / 3))

export function rawRequest(parts: RawParts, { good, bad }: Shown): Buffer {
  const { method, target, version, lines, lineEdits } = parts
  const document = mutateDocument(chosen(MESSAGES, parts.message), parts.bodyEdits, DONOR)
  const { fields, body } = framed(document, parts.framing, good)
  const requestLine = [
    unusual(METHODS, 'POST', method),
    unusual(TARGETS, '/mcp', target),
    unusual(VERSIONS, 'HTTP/1.1', version % 4 > 0 ? 1 : Math.floor(version / 4)),
  ].join(' ')
  const head = [
    requestLine,
    'Host: mcp.example.com',
    ...credentialLines(parts.credentials, good, bad),
    'Content-Type: application/json',
    ...fields,
    ...lines.map((line) => chosen(LINES, line)),
  ]
  for (const edit of lineEdits) {
    const at = edit.at % head.length
    head[at] = mutateText(head[at] ?? '', { ...edit, at: Math.floor(edit.at / head.length) })
  }
  const text = `${head.join('\r\n')}\r\n\r\n${body}`
  return Buffer.from(parts.edits.reduce(mutateText, text))
}

function credentialLines(number: number, good: string, bad: readonly string[]): readonly string[] {
  const line = `Authorization: Bearer ${good}`
  const other = `Authorization: Bearer ${chosen(bad, Math.floor(number / 24))}`
  const ways: readonly (readonly string[])[] = [
    [],
    [other],
    [line, other],
    [other, line],
    [line, line],
    [`authorization:bearer   ${good}   `],
    [`Authorization: DPoP ${good}`],
    [`${line}, Bearer ${good}`],
    [`Authorization:\r\n Bearer ${good}`],
  ]
  return ways[number % 24] ?? [line]
}

/** The header lines that announce a body, and the body as it is sent. */
function framed(
  document: string,
  number: number,
  good: string,
): { fields: readonly string[]; body: string } {
  const length = Buffer.byteLength(document)
  const half = Math.floor(document.length / 2)
  const chunk = (text: string, end = '') =>
    text === '' ? '' : `${Buffer.byteLength(text).toString(16)}${end}\r\n${text}\r\n`
  const chunks = chunk(document.slice(0, half)) + chunk(document.slice(half), ';a="b"')
  const chunked = 'Transfer-Encoding: chunked'
  const next = [
    'POST /mcp HTTP/1.1',
    'Host: mcp.example.com',
    `Authorization: Bearer ${good}`,
    'Content-Type: application/json',
    'Content-Length: 40',
    '',
    '{"jsonrpc":"2.0","id":9,"method":"ping"}',
  ].join('\r\n')
  const plain = { fields: [`Content-Length: ${length}`], body: document }
  const ways = [
    { fields: [chunked], body: `${chunks}0\r\n\r\n` },
    { fields: [chunked], body: `${chunks}0\r\nAuthorization: Bearer x\r\n\r\n` },
    { fields: [chunked], body: chunks },
    { fields: [chunked], body: document },
    { fields: [chunked, `Content-Length: ${length}`], body: `${chunks}0\r\n\r\n` },
    { fields: [`Content-Length: ${length + 5}`], body: document },
    { fields: [`Content-Length: ${Math.max(0, length - 5)}`], body: document },
    { fields: [], body: document },
    { fields: [`Content-Length: ${length}`, `Content-Length: ${length}`], body: document },
    // A second request on the same connection.
    { fields: plain.fields, body: `${document}GET /mcp HTTP/1.1\r\nHost: a\r\n\r\n` },
    { fields: plain.fields, body: `${document}${next}` },
    // The body is a request, for a reader that takes another length.
    { fields: [`Content-Length: ${Buffer.byteLength(next)}`], body: next },
    { fields: ['Content-Length: 0'], body: next },
    { fields: [chunked], body: `0\r\n\r\n${next}` },
    { fields: [chunked], body: `${chunk(next)}0\r\n\r\n` },
    {
      fields: [chunked],
      body: `${chunks}0\r\nMcp-Name: secret\r\nContent-Length: 5\r\n\r\n${next}`,
    },
    { fields: [chunked], body: `${chunks}0\r\n${'a:b\r\n'.repeat(3000)}\r\n` },
    { fields: [chunked], body: `${chunk(document, `;${'x'.repeat(17_000)}`)}0\r\n\r\n` },
    { fields: [chunked], body: `${chunks.replaceAll('\r\n', '\n')}0\n\n${next}` },
    { fields: ['Expect: 100-continue', ...plain.fields], body: `${document}${next}` },
    {
      fields: ['Connection: Upgrade', 'Upgrade: websocket', ...plain.fields],
      body: `${document}${next}`,
    },
  ]
  return ways[number % 40] ?? plain
}
