import { describe, expect, it } from 'vitest'
import type { DpopOptions } from '../../../src/sender-constraint/options.ts'
import { normalUrl } from '../../../src/sender-constraint/proof-url.ts'
import { createRequestUrl } from '../../../src/sender-constraint/request-url.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import { throwing } from '../../support/throwing.ts'
import { answerOf, RESOURCE, signToken, testResourceServer } from '../../support/tokens.ts'

const key = await makeDpopKey()
const token = await signToken({ claims: { cnf: { jkt: key.thumbprint } } })
const ORIGIN = new URL(RESOURCE).origin
const MISMATCH = { status: 401, reason: 'dpop_proof_url_mismatch' }
const PASSES = { status: 200, reason: undefined }

/** What a proof for `htu` comes to, with a request for `url`. */
async function verdict(
  htu: string,
  url: string,
  options: { dpop?: DpopOptions; resource?: string; headers?: Record<string, string> } = {},
) {
  const { dpop = {}, resource = RESOURCE } = options
  const bound = await signToken({ claims: { aud: resource, cnf: { jkt: key.thumbprint } } })
  const asked = dpopRequest(bound, await signProof(key, { token: bound, url: htu }), { url })
  const headers = { ...asked.headers, ...options.headers }
  const server = testResourceServer({ dpop, resource })
  const { status, reason } = answerOf(await server.authenticate({ ...asked, headers }))
  return { status, reason }
}

describe('RFC9449-5: the URL of a proof', () => {
  it.each([
    ['with a query', `${RESOURCE}?a=b&c=/d`],
    ['with a fragment', `${RESOURCE}#part`],
    ['with a query and a fragment', `${RESOURCE}?a#b?c`],
    ['with an empty query', `${RESOURCE}?`],
    ['with an upper-case scheme', 'HTTPS://mcp.example.com/mcp'],
    ['with an upper-case host', 'https://MCP.Example.COM/mcp'],
    ['with an escape in the host', 'https://%6Dcp.example.com/mcp'],
    ['with the default port', 'https://mcp.example.com:443/mcp'],
    ['with an empty port', 'https://mcp.example.com:/mcp'],
    ['with needless escapes', 'https://mcp.example.com/%6dc%70'],
    ['with a segment .', 'https://mcp.example.com/./mcp'],
    ['with a segment ..', 'https://mcp.example.com/a/b/../../mcp'],
    ['with segments that climb too high', 'https://mcp.example.com/../../mcp'],
    ['with escaped dot segments', 'https://mcp.example.com/a/%2E%2e/mcp'],
  ])('RFC9449-5: %s is the same', async (_what, htu) => {
    expect(await verdict(htu, '/mcp')).toEqual(PASSES)
  })

  it.each([
    ['of another path', 'https://mcp.example.com/mcp2'],
    ['of a longer path', 'https://mcp.example.com/mcp/tools'],
    ['without a path', 'https://mcp.example.com'],
    ['with a slash at the end', `${RESOURCE}/`],
    ['with a dot segment at the end', `${RESOURCE}/.`],
    ['with two slashes', 'https://mcp.example.com//mcp'],
    ['with an escaped slash', 'https://mcp.example.com%2Fmcp'],
    ['with an escaped slash in front', 'https://mcp.example.com/%2fmcp'],
    ['with the path in upper case', 'https://mcp.example.com/MCP'],
    ['with an escape of an escape', 'https://mcp.example.com/%256Dcp'],
    ['with half an escape', `${RESOURCE}%`],
    ['with a wrong escape', 'https://mcp.example.com/%6gcp'],
    ['with path parameters', `${RESOURCE};a=b`],
    ['of another host', 'https://evil.example/mcp'],
    ['of a subdomain', 'https://a.mcp.example.com/mcp'],
    ['of a longer host', 'https://mcp.example.com.evil.example/mcp'],
    ['with a dot behind the host', 'https://mcp.example.com./mcp'],
    ['of another port', 'https://mcp.example.com:8443/mcp'],
    ['of the port of http', 'https://mcp.example.com:80/mcp'],
    ['with zeros in front of the port', 'https://mcp.example.com:0443/mcp'],
    ['of another scheme', 'http://mcp.example.com/mcp'],
    ['of another scheme with the port', 'http://mcp.example.com:443/mcp'],
    ['of the scheme wss', 'wss://mcp.example.com/mcp'],
    ['with a user', 'https://mcp.example.com@mcp.example.com/mcp'],
    ['with an empty user', 'https://@mcp.example.com/mcp'],
    ['with a password', 'https://a:b@mcp.example.com/mcp'],
    ['with a backslash', 'https://mcp.example.com\\mcp'],
    ['with backslashes alone', 'https:\\\\mcp.example.com\\mcp'],
    ['with one slash', 'https:/mcp.example.com/mcp'],
    ['with three slashes', 'https:///mcp.example.com/mcp'],
    ['without slashes', 'https:mcp.example.com/mcp'],
    ['without a scheme', '//mcp.example.com/mcp'],
    ['that is a path', '/mcp'],
    ['that is empty', ''],
    ['with a blank in front', ` ${RESOURCE}`],
    ['with a blank at the end', `${RESOURCE} `],
    ['with a tab inside', 'https://mcp.example.com/m\tcp'],
    ['with a line break inside', 'https://mcp.example.com/m\ncp'],
    ['with a line break at the end', `${RESOURCE}\n`],
    ['with a zero byte', `${RESOURCE}\0`],
    ['with a wide slash', 'https://mcp.example.com／mcp'],
    ['with a wide letter in the host', 'https://ｍcp.example.com/mcp'],
    ['with a soft hyphen in the host', 'https://mcp\u00ad.example.com/mcp'],
  ])('RFC9449-5: %s is another', async (_what, htu) => {
    expect(await verdict(htu, '/mcp')).toEqual(MISMATCH)
  })

  it('RFC9449-5: an IP address has only its own spelling', async () => {
    const resource = 'https://127.0.0.1:8443/mcp'
    expect(await verdict(resource, '/mcp', { resource })).toEqual(PASSES)
    for (const host of ['127.1', '0x7f.0.0.1', '2130706433', '[::1]', '127.0.0.1.']) {
      expect(await verdict(`https://${host}:8443/mcp`, '/mcp', { resource })).toEqual(MISMATCH)
    }
    const six = 'https://[::1]:8443/mcp'
    expect(await verdict(six, '/mcp', { resource: six })).toEqual(PASSES)
    expect(await verdict('https://[0::1]:8443/mcp', '/mcp', { resource: six })).toEqual(MISMATCH)
  })
})

describe('RFC9449-5: the URL of the request', () => {
  it.each([
    ['a path with a query', '/mcp?session=1#x', RESOURCE],
    ['an absolute URL', `${RESOURCE}?a=b`, RESOURCE],
    ['an absolute URL of another host', 'http://evil.example/mcp', RESOURCE],
    ['an absolute URL with a user', 'http://mcp.example.com@evil.example/mcp', RESOURCE],
    ['an absolute URL without a path', 'https://evil.example?/mcp', `${ORIGIN}/`],
    ['a path that looks like a host', '//evil.example/mcp', `${ORIGIN}//evil.example/mcp`],
    ['an escaped path', '/%6Dcp', RESOURCE],
    ['a path with dot segments', '/a/../mcp', RESOURCE],
    ['a path with an escaped slash', '/mcp%2fa', `${RESOURCE}%2Fa`],
    ['a path with characters that need an escape', '/mcp|"a"', `${RESOURCE}|"a"`],
    ['a path with @', '/@evil.example', `${ORIGIN}/@evil.example`],
  ])('RFC9449-5: %s: the origin is the configured one', async (_what, url, htu) => {
    expect(await verdict(htu, url)).toEqual(PASSES)
    expect(await verdict('https://evil.example/mcp', url)).toEqual(MISMATCH)
    expect(await verdict('http://evil.example/mcp', url)).toEqual(MISMATCH)
  })

  it.each([
    '*',
    '',
    'mcp',
    '.evil.example/mcp',
    '@evil.example/mcp',
    ':443/mcp',
    '?a',
    '/mcp\\a',
    '/mcp%',
    '/m cp',
    '/mcp\u00e9',
    'ftp://mcp.example.com/mcp',
    'xhttps://mcp.example.com/mcp',
    '*https://mcp.example.com/mcp',
    'https:',
    'mcp.example.com:443',
  ])('RFC9449-5: no proof fits the request target %j', async (url) => {
    for (const htu of [RESOURCE, ORIGIN + url, `${ORIGIN}/${url}`, url, ORIGIN, `${ORIGIN}/`]) {
      expect(await verdict(htu, url)).toEqual(MISMATCH)
    }
  })

  it('RFC9449-5: headers that name a host do not count', async () => {
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-prefix': '/api',
      'x-original-url': '/other',
      forwarded: 'host=evil.example;proto=http',
    }
    expect(await verdict(RESOURCE, '/mcp', { headers })).toEqual(PASSES)
    for (const htu of [
      'https://evil.example/mcp',
      'http://mcp.example.com/mcp',
      `${ORIGIN}/other`,
    ]) {
      expect(await verdict(htu, '/mcp', { headers })).toEqual(MISMATCH)
    }
  })

  it.each(['/mcp\\..', '/a%zz', '*', 'mcp'])('has a path, or fits no proof: %s', async (url) => {
    for (const htu of [RESOURCE, `${ORIGIN}undefined`, ORIGIN]) {
      expect(await verdict(htu, url)).toEqual(MISMATCH)
    }
  })

  it('RFC9449-6: another spelling of the URL does not make a used proof a new one', async () => {
    const server = testResourceServer()
    const proof = await signProof(key, { token })
    const show = async (url: string) =>
      answerOf(await server.authenticate(dpopRequest(token, proof, { url }))).reason
    expect(await show('/mcp')).toBeUndefined()
    for (const url of ['/mcp', '/%6dcp', '/a/../mcp', '/mcp?again', `${RESOURCE}#`]) {
      expect(await show(url)).toBe('dpop_proof_replayed')
    }
  })
})

describe('RFC9449-5: the option dpop.externalPath', () => {
  it('RFC9449-5: gets the path as received, and its result counts', async () => {
    const received: string[] = []
    const externalPath = (path: string) => {
      received.push(path)
      return `/api${path}`
    }
    const url = '/%6Dcp/./a?query'
    expect(await verdict(`${ORIGIN}/api/mcp/a`, url, { dpop: { externalPath } })).toEqual(PASSES)
    expect(await verdict(`${ORIGIN}/mcp/a`, url, { dpop: { externalPath } })).toEqual(MISMATCH)
    expect(new Set(received)).toEqual(new Set(['/%6Dcp/./a']))
  })

  it.each<[string, () => unknown, string]>([
    ['throws', throwing(new RangeError('s3cret')), 'threw RangeError'],
    ['throws no error', throwing(undefined), 'threw undefined'],
    ['returns nothing', () => undefined, 'returned nothing'],
    ['returns a number', () => 7, 'returned 7'],
    ['returns a promise', async () => '/mcp', 'returned {}'],
    [
      'returns a promise that is rejected',
      async () => throwing(new Error('s3cret'))(),
      'returned {}',
    ],
    ['returns a list with a path', () => ['/a/../mcp'], 'returned ["/a/../mcp"]'],
    ['returns an object with a path', () => Object('/a/../mcp'), 'returned "/a/../mcp"'],
    ['returns a URL', () => RESOURCE, `returned "${RESOURCE}"`],
    ['returns a path without a slash', () => 'mcp', 'returned "mcp"'],
    ['returns a host', () => '.evil.example/mcp', 'returned ".evil.example/mcp"'],
    ['returns a query', () => '/mcp?a', 'returned "/mcp?a"'],
    ['returns a fragment', () => '/mcp#a', 'returned "/mcp#a"'],
    ['returns an empty text', () => '', 'returned ""'],
    ['returns a backslash', () => '/mcp\\', 'returned "/mcp\\\\"'],
  ])(
    'RFC9449-5: one that %s is a 503, and the operator reads that',
    async (_what, broken, found) => {
      const externalPath = broken as () => string
      const asked = dpopRequest(token, await signProof(key, { token }))
      const decision = await testResourceServer({ dpop: { externalPath } }).authenticate(asked)
      expect(decision).toMatchObject({ status: 503, reason: 'external_path_failed' })
      const { detail = '' } = { detail: '', ...decision }
      expect(detail.split('; expected')[0]).toBe(`the option dpop.externalPath ${found}`)
    },
  )

  it('RFC9449-5: the error that it throws is kept as the cause of the failure', () => {
    const cause = new Error('broken')
    const urlOf = createRequestUrl(RESOURCE, throwing(cause))
    expect(() => urlOf({ method: 'POST', url: '/mcp', headers: {} })).toThrow(
      expect.objectContaining({ cause }),
    )
  })
})

/** RFC 3986 in the words of its appendix B and §5.2.4, as steps on text. `undefined`: no such URL. */
function independentForm(text: string): string | undefined {
  const found = /^(([^:/?#]+):)?(\/\/([^/?#]*))?([^?#]*)(\?([^#]*))?(#([\s\S]*))?$/.exec(text)
  const [, , scheme = '', , authority, path = ''] = found ?? []
  if (!/^https?$/i.test(scheme) || authority === undefined || authority.includes('@'))
    return undefined
  const host = authority.replace(/:\d*$/, '')
  const isName = [...host.replace(/%[0-9a-f]{2}/gi, '')].every((one) =>
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=".includes(one),
  )
  if (host === '' || !isName) return undefined
  const port = authority.slice(host.length + 1)
  const decoded = (part: string) =>
    part
      .split(/(%[0-9a-fA-F]{2})/)
      .map((piece, at) => {
        if (at % 2 === 0) return piece
        const character = Buffer.from(piece.slice(1), 'hex').toString('latin1')
        return /^[\w.~-]$/.test(character) ? character : piece.toUpperCase()
      })
      .join('')
  let input = decoded(path)
  if (/%(?![0-9A-F]{2})/.test(input) || !/^[\x21-\x7e]*$/.test(input) || input.includes('\\')) {
    return undefined
  }
  let output = ''
  while (input !== '') {
    if (input.startsWith('/./')) input = input.slice(2)
    else if (input === '/.') input = '/'
    else if (input.startsWith('/../') || input === '/..') {
      input = input === '/..' ? '/' : input.slice(3)
      output = output.slice(0, Math.max(0, output.lastIndexOf('/')))
    } else {
      const end = input.indexOf('/', 1)
      output += end < 0 ? input : input.slice(0, end)
      input = end < 0 ? '' : input.slice(end)
    }
  }
  const standard = scheme.toLowerCase() === 'https' ? '443' : '80'
  const shown = port === '' || port === standard ? '' : `:${port}`
  return `${scheme}://${decoded(host)}`.toLowerCase() + shown + (output === '' ? '/' : output)
}

const PIECES = [
  '/',
  '/',
  '.',
  '..',
  '/.',
  '/..',
  'a',
  'A',
  '%61',
  '%2e',
  '%2E',
  '%2f',
  '%2F',
  '%5c',
  '%',
  '%4',
  '%zz',
  '~',
  '%7e',
  '|',
  '\\',
  ' ',
  '\t',
  'é',
  '?',
  '#',
  '@',
  ':',
  ';',
  "'",
  'mcp',
]
const FRONTS = ['https://', 'HTTPS://', 'http://', 'https:/', 'https:', 'wss://', '//', '']
const HOSTS = [
  'h.example',
  'H.example',
  '%68.example',
  'h.example:443',
  'h.example:80',
  'h.example:',
  'h.example:0443',
  'u@h.example',
  'h.example.',
  '127.1',
  'hé',
  '',
  'h_',
  'h%2e',
]

describe('RFC9449-5: random URLs', () => {
  it('RFC9449-5: the normal form is that of an independent reading of RFC 3986 §6.2.2 and §6.2.3', () => {
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 48271) % 0x7fffffff
      return seed % below
    }
    const pick = (list: readonly string[]) => list[random(list.length)] ?? ''
    const forms = new Map<string, number>()
    for (let round = 0; round < 20_000; round += 1) {
      // Mostly sound beginnings, so that many paths are compared.
      const front = random(3) > 0 ? 'https://' : pick(FRONTS)
      const host = random(3) > 0 ? 'h.example' : pick(HOSTS)
      const path = Array.from({ length: random(7) }, () => pick(PIECES)).join('')
      const url = `${front}${host}${random(4) > 0 ? '/' : ''}${path}`
      const form = normalUrl(url)
      expect([url, form]).toEqual([url, independentForm(url)])
      if (form === undefined) continue
      forms.set(form, (forms.get(form) ?? 0) + 1)
      expect(normalUrl(form)).toBe(form)
      // The platform's parser never finds another host in the normal form.
      expect([url, URL.parse(form)?.origin]).toEqual([url, URL.parse(url)?.origin])
    }
    // Many forms, and many spellings of one form, or nothing has been compared.
    expect(forms.size).toBeGreaterThan(1000)
    expect(Math.max(...forms.values())).toBeGreaterThan(100)
  })
})
