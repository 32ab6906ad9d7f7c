import { describe, expect, it } from 'vitest'
import { ask, call, refused, serverWith, tokenTextOf } from './policy/callers.ts'

const MODERN = '2026-07-28'
const server = serverWith({ default: 'allow' })

/** A message whose body names its revision. */
const claiming = (
  method: string,
  params: Readonly<Record<string, unknown>>,
  revision: unknown,
  id: unknown = 7,
) =>
  call(
    method,
    revision === undefined
      ? params
      : { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': revision } },
    id,
  )

type Fields = Readonly<Record<string, string | readonly string[] | undefined>>

const send = (message: object, headers: Fields) => ask(server, { message, headers })

const MISMATCH = refused(400, 'header_mismatch', -32020, 7)
const ALLOWED = { outcome: 'allowed' }

const NAMING = [
  ['tools/call', { name: 'act' }, 'act'],
  ['prompts/get', { name: 'greet' }, 'greet'],
  ['resources/read', { uri: 'docs:///a' }, 'docs:///a'],
  ['tasks/get', { taskId: 't-1' }, 't-1'],
  ['tasks/update', { taskId: 't-1' }, 't-1'],
  ['tasks/cancel', { taskId: 't-1' }, 't-1'],
] as const

const CLAIMS = [
  ['by body and header', MODERN, MODERN],
  ['by header', undefined, MODERN],
  ['of a later revision', '2027-01-01', '2027-01-01'],
] as const

const HEADERS = ['mcp-method', 'mcp-name'] as const

/** States of a header, and whether a request and a notification may have them. */
const STATES: readonly [string, (right: string) => Fields[string], boolean, boolean][] = [
  ['that agrees', (right) => right, true, true],
  ['that is absent', () => undefined, false, true],
  ['that is empty', () => '', false, false],
  ['that says something else', () => 'other', false, false],
  ['in another case', (right) => right.toUpperCase(), false, false],
  ['that begins like it', (right) => `${right}s`, false, false],
  ['with a blank after it', (right) => `${right} `, false, false],
  ['that is repeated', (right) => [right, right], false, false],
  ['that is repeated in one line', (right) => `${right}, ${right}`, false, false],
]

const cells = CLAIMS.flatMap(([how, inBody, inHeader]) =>
  NAMING.flatMap(([method, params, name]) =>
    HEADERS.flatMap((field) =>
      STATES.map(([state, value, request, notification]) => ({
        ...{ how, inBody, inHeader, method, params, name, field, state, value },
        ...{ request, notification },
      })),
    ),
  ),
)

describe('MCP-23: on 2026-07-28 the headers must agree with the body', () => {
  it.each(cells)('$how: $method with $field $state', async (cell) => {
    const right = { 'mcp-method': cell.method, 'mcp-name': cell.name }
    const headers = {
      'mcp-protocol-version': cell.inHeader,
      ...right,
      [cell.field]: cell.value(right[cell.field]),
    }
    const request = claiming(cell.method, cell.params, cell.inBody)
    expect(await send(request, headers)).toMatchObject(cell.request ? ALLOWED : MISMATCH)
    const { id: _id, ...notification } = request
    expect(await send(notification, headers)).toMatchObject(
      cell.notification ? ALLOWED : refused(400, 'header_mismatch', -32020),
    )
  })

  it.each<[string, unknown, Fields[string], object]>([
    ['as the body', MODERN, MODERN, ALLOWED],
    ['absent', MODERN, undefined, MISMATCH],
    ['of an older revision', MODERN, '2025-11-25', MISMATCH],
    ['of a newer revision', MODERN, '2027-01-01', MISMATCH],
    ['newer than an older body', '2025-11-25', MODERN, MISMATCH],
    ['newer than a body that says none', undefined, MODERN, ALLOWED],
    ['newer than a body that says no text', 20260728, MODERN, ALLOWED],
    ['repeated', MODERN, [MODERN, MODERN], MISMATCH],
    ['repeated, the second modern', undefined, ['2025-11-25', MODERN], MISMATCH],
    ['repeated, the first modern', undefined, [MODERN, '2025-11-25'], MISMATCH],
    ['repeated in one line', MODERN, `${MODERN}, ${MODERN}`, MISMATCH],
    ['empty', MODERN, '', MISMATCH],
  ])('MCP-Protocol-Version: %s', async (_name, inBody, inHeader, answer) => {
    const headers = { 'mcp-protocol-version': inHeader, 'mcp-method': 'tools/call' }
    const message = claiming('tools/call', { name: 'act' }, inBody)
    expect(await send(message, { ...headers, 'mcp-name': 'act' })).toMatchObject(answer)
  })

  it.each(['ping', 'tools/list', 'completion/complete', 'tasks/list', 'toString', '__proto__'])(
    'a method without a name needs no Mcp-Name: %s',
    async (method) => {
      const params = { ref: { type: 'ref/prompt', name: 'greet' } }
      const message = claiming(method, params, MODERN)
      const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': method }
      expect(await send(message, headers)).toMatchObject(ALLOWED)
      expect(await send(message, { ...headers, 'mcp-method': 'x' })).toMatchObject(MISMATCH)
    },
  )

  it('a Headers object is read in the same way', async () => {
    const authorization = `Bearer ${await tokenTextOf()}`
    const message = claiming('tools/call', { name: 'act' }, MODERN)
    const right = { authorization, 'Mcp-Protocol-Version': MODERN, 'Mcp-Method': 'tools/call' }
    const check = (headers: Headers) =>
      server.authenticate({ method: 'POST', url: '/mcp', headers, message })
    const named = new Headers({ ...right, 'Mcp-Name': 'act' })
    expect(await check(named)).toMatchObject(ALLOWED)
    expect(await check(new Headers(right))).toMatchObject(MISMATCH)
    named.append('Mcp-Name', 'act')
    expect(await check(named)).toMatchObject(MISMATCH)
  })

  it('a header with bytes beyond visible ASCII is a mismatch', async () => {
    for (const name of ['caf\u00e9', 'a\u007f', 'a\tb']) {
      const message = claiming('tools/call', { name }, MODERN)
      const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call' }
      expect(await send(message, { ...headers, 'mcp-name': name })).toMatchObject(MISMATCH)
      const encoded = `=?base64?${Buffer.from(name).toString('base64')}?=`
      expect(await send(message, { ...headers, 'mcp-name': encoded })).toMatchObject(ALLOWED)
    }
  })

  it('a bad token is refused before a mismatch, which has no challenge', async () => {
    const message = claiming('tools/call', { name: 'act' }, MODERN)
    const bad = await server.authenticate({ method: 'POST', url: '/', headers: {}, message })
    expect(bad).toMatchObject({ status: 401 })
    const decision = await send(message, { 'mcp-protocol-version': MODERN })
    expect(decision).toMatchObject(MISMATCH)
    expect(Object.keys(decision.headers)).not.toContain('WWW-Authenticate')
    expect(decision).toMatchObject({
      body: { error: { message: 'The MCP headers are missing or do not match the body.' } },
    })
  })

  it('a mismatch is refused before a missing right', async () => {
    const strict = serverWith({})
    const message = claiming('tools/call', { name: 'act' }, MODERN)
    const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call' }
    expect(await ask(strict, { message, headers })).toMatchObject(MISMATCH)
  })

  it('a batch is refused', async () => {
    const message = [claiming('ping', {}, MODERN)]
    const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': 'ping' }
    const answer = refused(400, 'body_malformed', -32600)
    expect(await send(message, headers)).toMatchObject(answer)
    expect(await send(message, {})).toMatchObject(answer)
    expect(await send([call('ping')], headers)).toMatchObject(answer)
    expect(await send([call('ping'), ...message], {})).toMatchObject(answer)
  })
})

describe('MCP-23: a message whose id is neither text nor number is no notification', () => {
  it.each([[null], [true], [{}], [[]]])('%j', async (id) => {
    const message = claiming('tools/call', { name: 'act' }, MODERN, id)
    const right = {
      'mcp-protocol-version': MODERN,
      'mcp-method': 'tools/call',
      'mcp-name': 'act',
    }
    expect(await send(message, right)).toMatchObject(ALLOWED)
    for (const field of HEADERS) {
      const headers = { ...right, [field]: undefined }
      expect(await send(message, headers)).toMatchObject(refused(400, 'header_mismatch', -32020))
    }
  })
})

describe('MCP-23: only the body decides which scopes are required', () => {
  const rules = { tools: { read: { scopes: ['r'] }, drop: { scopes: ['w'] } } } as const
  const lying = { 'mcp-method': 'tools/call', 'mcp-name': 'read' }

  it.each([
    undefined,
    '2025-11-25',
    '2025-06-18',
    '2025-03-26',
    'DRAFT-2026-v1',
    '20260728',
    '9999',
  ])('on older revisions the headers are ignored: %s', async (revision) => {
    const message = claiming('tools/call', { name: 'drop' }, revision)
    const headers = { ...lying, 'mcp-protocol-version': revision }
    const decision = await ask(serverWith(rules), { message, headers, scope: 'r' })
    expect(decision).toMatchObject({ reason: 'scope_missing', requiredScopes: ['w'] })
    const held = await ask(serverWith(rules), { message, headers, scope: 'w' })
    expect(held).toMatchObject(ALLOWED)
  })

  it('on 2026-07-28 headers that differ from the body are refused, whatever scopes the token has', async () => {
    const message = claiming('tools/call', { name: 'drop' }, MODERN)
    const headers = { ...lying, 'mcp-protocol-version': MODERN }
    for (const scope of ['r', 'w', 'r w']) {
      expect(await ask(serverWith(rules), { message, headers, scope })).toMatchObject(MISMATCH)
    }
  })
})

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const sentinel = (text: string | Uint8Array) => `=?base64?${base64(text)}?=`

describe('MCP-23: Mcp-Name in Base64', () => {
  it.each([
    ['plain text', 'act', 'act', true],
    ['plain text, encoded', 'act', sentinel('act'), true],
    ['letters beyond ASCII', 't\u00f6\u00f6l', sentinel('t\u00f6\u00f6l'), true],
    ['letters beyond Unicode’s first plane', '\u{1f600}', sentinel('\u{1f600}'), true],
    ['blanks around', ' act ', sentinel(' act '), true],
    ['a line break', 'a\r\nb', sentinel('a\r\nb'), true],
    ['a byte order mark', '\ufeffact', sentinel('\ufeffact'), true],
    ['a byte order mark of the header alone', 'act', sentinel('\ufeffact'), false],
    ['a name that looks encoded, encoded', sentinel('act'), sentinel(sentinel('act')), true],
    ['a name that looks encoded, as it is', sentinel('act'), sentinel('act'), false],
    ['something else', 'act', sentinel('other'), false],
    ['nothing', 'act', '=?base64??=', false],
    ['the frame without room', 'act', '=?base64?=', false],
    ['characters that are none of Base64', 'act', '=?base64?YW*N0?=', false],
    ['the same as in the name', '=?base64?YW*N0?=', '=?base64?YW*N0?=', false],
    ['a blank within', 'act', '=?base64?YW N0?=', false],
    ['a blank before the end', 'act', '=?base64?YWN0 ?=', false],
    ['the alphabet of base64url', '???', '=?base64?Pz8_?=', false],
    ['no padding', 'acts', '=?base64?YWN0cw?=', false],
    ['too little padding', 'acts', '=?base64?YWN0cw=?=', false],
    ['too much padding', 'act', '=?base64?YWN0==?=', false],
    ['bits that are left over', 'acts', '=?base64?YWN0cx==?=', false],
    ['padding within', 'act', '=?base64?YQ==Y3Q=?=', false],
    ['bytes that are not UTF-8', '\ufffd', sentinel(Uint8Array.of(0xff)), false],
    ['an overlong character', '/', sentinel(Uint8Array.of(0xc0, 0xaf)), false],
    ['half a character', '\ufffd', sentinel(Uint8Array.of(0xc3)), false],
    ['a lone surrogate', '\ud800', sentinel(Uint8Array.of(0xed, 0xa0, 0x80)), false],
    ['no end', 'act', '=?base64?YWN0', false],
    ['no beginning', 'act', 'YWN0?=', false],
    ['another encoding', 'act', '=?utf-8?B?YWN0?=', false],
    ['the marker in another case', 'act', '=?BASE64?YWN0?=', false],
    ['something before it', 'act', `x${sentinel('act')}`, false],
    ['something after it', 'act', `${sentinel('act')}x`, false],
  ])('%s', async (_name, name, header, accepted) => {
    const headers = {
      'mcp-protocol-version': MODERN,
      'mcp-method': 'tools/call',
      'mcp-name': header,
    }
    const message = claiming('tools/call', { name }, MODERN)
    expect(await send(message, headers)).toMatchObject(accepted ? ALLOWED : MISMATCH)
  })

  it('is not decoded in Mcp-Method', async () => {
    const headers = {
      'mcp-protocol-version': MODERN,
      'mcp-method': sentinel('tools/call'),
      'mcp-name': 'act',
    }
    const message = claiming('tools/call', { name: 'act' }, MODERN)
    expect(await send(message, headers)).toMatchObject(MISMATCH)
  })

  it('a call without a name is refused for that, not for a missing header', async () => {
    const headers = { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call' }
    for (const name of [undefined, 5, null]) {
      const decision = await send(claiming('tools/call', { name }, MODERN), headers)
      expect(decision).toMatchObject(refused(400, 'body_malformed', -32602, 7))
    }
  })
})

describe('MCP-22: extra members of a retried call do not change the decision', () => {
  const rules = {
    tools: { act: { scopes: ['s'], allow: () => true }, closed: 'deny' },
  } as const
  const FORGED = [
    { requestState: 'granted:s' },
    { requestState: { scopes: ['s'], outcome: 'allowed' } },
    { inputResponses: { consent: { action: 'accept', content: { scopes: ['s'] } } } },
    { requestState: 'x', inputResponses: {}, scopes: ['s'], token: { scopes: ['s'] } },
    { _meta: { scopes: ['s'], 'io.modelcontextprotocol/requestState': 'granted' } },
  ]

  it.each(FORGED)('%j', async (more) => {
    const ofAct = (name: string, params: object) => call('tools/call', { name, ...params })
    for (const [name, scope] of [
      ['act', ''],
      ['act', 's'],
      ['closed', 's'],
      ['unknown', 's'],
    ] as const) {
      const first = await ask(serverWith(rules), { message: ofAct(name, {}), scope })
      const retried = await ask(serverWith(rules), { message: ofAct(name, more), scope })
      const { message: _first, ...plain } = { message: undefined, ...first }
      const { message: _retried, ...again } = { message: undefined, ...retried }
      expect(again).toEqual(plain)
    }
  })
})

describe('MCP-23: a repeated MCP-Protocol-Version, one of which names the modern revision', () => {
  const lines: readonly (readonly string[])[] = [
    [MODERN, MODERN],
    ['2025-06-18', MODERN],
    [MODERN, '2025-06-18'],
  ]
  it.each(lines)('is refused as lines, and as one line: %s and %s', async (one, two) => {
    const rest = { 'mcp-method': 'ping' }
    for (const version of [[one, two], `${one}, ${two}`, `${one},${two}`]) {
      const sent = await send(call('ping', {}, 7), { ...rest, 'mcp-protocol-version': version })
      expect(sent).toMatchObject(MISMATCH)
    }
  })
})
