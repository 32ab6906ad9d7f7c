import { describe, expect, it } from 'vitest'
import {
  CORRELATION_ID,
  type Overrides,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const OWN = 'https://mcp.example.com'
const APP = 'https://app.example.com'
const EXPOSED = 'WWW-Authenticate, DPoP-Nonce, Retry-After, Mcp-Session-Id, Mcp-Protocol-Version'

const good = await signToken()

type Values = Record<string, string | readonly string[]>

/** What a request with these headers, and a good token, comes to. */
function ask(options: Overrides, headers: Values, method = 'POST') {
  return testResourceServer(options).authenticate({
    method,
    url: '/mcp',
    headers: { authorization: `Bearer ${good}`, ...headers },
  })
}

/** The question of a browser, which shows no token. */
function preflight(options: Overrides, headers: Values, method = 'OPTIONS') {
  return testResourceServer(options).authenticate({
    method,
    url: '/mcp',
    headers: { origin: APP, 'access-control-request-method': 'POST', ...headers },
  })
}

const LISTED = { allowedOrigins: [APP, 'http://localhost:6274', 'chrome-extension://abcdef'] }
const ANY: Overrides = { allowedOrigins: '*' }

const REFUSED = {
  outcome: 'refused',
  status: 403,
  reason: 'origin_refused',
  headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
  body: {
    jsonrpc: '2.0',
    id: null,
    error: {
      code: 403,
      message: 'Requests from this origin are not allowed.',
      data: { correlation_id: CORRELATION_ID },
    },
  },
}

const sharedWith = (origin: string) => ({
  'Access-Control-Allow-Origin': origin,
  'Access-Control-Expose-Headers': EXPOSED,
  Vary: 'Origin',
})

describe('the origin of a request', () => {
  it('RFC9728-6: every response has `Vary: Origin` where origins are listed, also without Origin', async () => {
    for (const options of [{}, { allowedOrigins: [] }, ANY]) {
      expect((await ask(options, {})).headers).toEqual({})
      expect((await ask(options, { authorization: [] })).headers).not.toHaveProperty('Vary')
    }
    const down = { revocation: () => Promise.reject(new Error('down')) }
    for (const [options, headers, status] of [
      [LISTED, {}, 200],
      [LISTED, { authorization: [] }, 401],
      [{ ...LISTED, requiredScopes: ['mcp:admin'] }, {}, 403],
      [LISTED, { 'mcp-session-id': 'unknown' }, 404],
      [{ ...LISTED, ...down }, {}, 503],
    ] as const) {
      const decision = await ask(options, headers)
      expect({ status: 200, ...decision }).toMatchObject({ status, headers: { Vary: 'Origin' } })
      expect(decision.headers).not.toHaveProperty('Access-Control-Allow-Origin')
      const shown = { 'Access-Control-Allow-Origin': APP, Vary: 'Origin' }
      expect((await ask(options, { ...headers, origin: APP })).headers).toMatchObject(shown)
    }
  })

  it('MCP-19: the origin of the resource is always allowed', async () => {
    for (const options of [{}, { allowedOrigins: [] }, LISTED]) {
      const decision = await ask(options, { origin: OWN })
      expect(decision.outcome).toBe('allowed')
      expect(decision.headers).toEqual(sharedWith(OWN))
    }
  })

  it.each([
    ['https://mcp.example.com:8443/mcp', 'https://mcp.example.com:8443', OWN],
    ['https://mcp.example.com:443/mcp', OWN, 'https://mcp.example.com:443'],
    ['HTTPS://MCP.EXAMPLE.COM/mcp', OWN, 'HTTPS://MCP.EXAMPLE.COM'],
    ['http://127.0.0.1:3000/mcp', 'http://127.0.0.1:3000', 'http://127.0.0.1'],
  ])('MCP-19: the resource %s has the origin %s', async (resource, own, other) => {
    const server = testResourceServer({ resource })
    const judge = async (origin: string) => {
      const { outcome } = await server.authenticate({
        method: 'GET',
        url: '/',
        headers: { origin },
      })
      return outcome
    }
    expect(await judge(own)).toBe('challenged')
    expect(await judge(other)).toBe('refused')
  })

  it.each(LISTED.allowedOrigins)(
    'MCP-19 RFC9728-6: may be one that is listed: %s',
    async (origin) => {
      const decision = await ask(LISTED, { origin })
      expect(decision.outcome).toBe('allowed')
      expect(decision.headers).toEqual(sharedWith(origin))
    },
  )

  it.each([
    'https://app.example.com:443',
    'https://app.example.com/',
    'https://app.example.com.evil.example',
    'https://evil-app.example.com',
    'HTTPS://app.example.com',
    ' https://app.example.com',
    'https://app.example.com, https://app.example.com',
    'http://localhost',
    'http://localhost:6275',
    'http://127.0.0.1:6274',
    'null',
    '',
    '*',
    'app.example.com',
    'file://',
    '__proto__',
  ])('MCP-19: is refused with 403 and without a challenge: %j', async (origin) => {
    const decision = await ask(LISTED, { origin })
    expect(decision).toMatchObject(REFUSED)
    // Neither a challenge, nor leave for the page to read it.
    expect(decision.headers).toEqual(REFUSED.headers)
    expect((await ask({}, { origin })).outcome).toBe('refused')
    expect((await ask({ allowedOrigins: [] }, { origin })).outcome).toBe('refused')
  })

  it('MCP-19: two Origin headers are refused, also with equal values and with `*`', async () => {
    for (const origin of [
      [APP, APP],
      [APP, 'https://evil.example.com'],
      [OWN, OWN],
    ]) {
      expect(await ask(LISTED, { origin })).toMatchObject(REFUSED)
      expect(await ask(ANY, { origin })).toMatchObject(REFUSED)
    }
    const headers = new Headers([
      ['origin', APP],
      ['origin', APP],
    ])
    const server = testResourceServer(LISTED)
    expect(await server.authenticate({ method: 'POST', url: '/mcp', headers })).toMatchObject(
      REFUSED,
    )
  })

  it.each([APP, 'https://evil.example.com', 'null', 'chrome-extension://x'])(
    'MCP-19 RFC9728-6: with `*` any origin is allowed, and the response says `*`: %s',
    async (origin) => {
      const decision = await ask(ANY, { origin })
      expect(decision.outcome).toBe('allowed')
      expect(decision.headers).toEqual({
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Expose-Headers': EXPOSED,
      })
    },
  )

  it('S1.13: a refused origin is only in the detail, escaped and shortened', async () => {
    const decision = await ask({}, { origin: `https://evil.example/\r\nX: y${'a'.repeat(5000)}` })
    if (decision.outcome !== 'refused') expect.fail(decision.outcome)
    expect(decision.detail).toMatch(/^origin "https:\/\/evil\.example\/\\r\\nX: ya+… is not among/)
    expect(decision.detail.length).toBeLessThan(250)
    expect(JSON.stringify([decision.headers, decision.body])).not.toContain('evil')
  })
})

describe('a preflight', () => {
  it('RFC9728-6: is 204 without a token, with the methods and headers that MCP needs', async () => {
    const asked = 'authorization, content-type, mcp-protocol-version, Mcp-Param-Region'
    expect(await preflight(LISTED, { 'access-control-request-headers': asked })).toEqual({
      outcome: 'preflight',
      status: 204,
      headers: {
        ...sharedWith(APP),
        'Access-Control-Allow-Methods': 'GET, POST, DELETE',
        'Access-Control-Allow-Headers': asked,
        'Access-Control-Max-Age': '7200',
      },
    })
    expect((await preflight(ANY, {})).headers).toMatchObject({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Headers': '',
    })
  })

  it.each([
    ['PUT', 'GET, POST, DELETE, PUT'],
    ['PATCH', 'GET, POST, DELETE, PATCH'],
    ['DELETE', 'GET, POST, DELETE'],
    ['X-OWN', 'GET, POST, DELETE, X-OWN'],
    ['PUT, PATCH', 'GET, POST, DELETE'],
    ['PUT\r\nSet-Cookie: a=b', 'GET, POST, DELETE'],
    ['P T', 'GET, POST, DELETE'],
    ['*', 'GET, POST, DELETE, *'],
    ['M'.repeat(65), 'GET, POST, DELETE'],
    ['', 'GET, POST, DELETE'],
  ])(
    'RFC9728-6: allows the requested method if it is a valid method name: %j',
    async (asked, methods) => {
      const { headers } = await preflight(LISTED, { 'access-control-request-method': asked })
      expect(headers['Access-Control-Allow-Methods']).toBe(methods)
    },
  )

  it.each<[string, Overrides, Values]>([
    ['a foreign page', LISTED, { origin: 'https://evil.example.com' }],
    ['a page without an origin of its own', LISTED, { origin: 'null' }],
    ['any page by default', {}, {}],
    ['two pages', ANY, { origin: [APP, APP] }],
  ])('MCP-19: of %s is refused', async (_name, options, headers) => {
    const decision = await preflight(options, headers)
    expect(decision).toMatchObject(REFUSED)
    expect(decision.headers).toEqual(REFUSED.headers)
  })

  it.each<[string, string, Values]>([
    ['OPTIONS that asks for no method', 'OPTIONS', { 'access-control-request-method': [] }],
    ['OPTIONS that names no origin', 'OPTIONS', { origin: [] }],
    ['GET', 'GET', {}],
    ['POST', 'POST', {}],
    ['options', 'options', {}],
  ])('MCP-16: a request that is no preflight needs a token: %s', async (_name, method, headers) => {
    expect(await preflight(LISTED, headers, method)).toMatchObject({
      outcome: 'challenged',
      status: 401,
    })
  })

  it.each([
    ['line ends', 'a\r\nSet-Cookie: b=c, x-good', 'x-good'],
    ['a line end within', 'x-a\nx-b, x-good', 'x-good'],
    ['blanks within', 'x a, x-good', 'x-good'],
    ['blanks around', '  x-good\t,\tx-b ', 'x-good, x-b'],
    ['quotes, colons and control characters', '"a", b:c, \u0000d, x-good, (e)', 'x-good'],
    ['nothing between commas', ',,x-good,, ,', 'x-good'],
    ['bytes beyond ASCII', 'größe, x-good', 'x-good'],
    ['a name of 65 characters', `${'a'.repeat(65)}, ${'b'.repeat(64)}`, 'b'.repeat(64)],
    ['nothing', '', ''],
  ])(
    'RFC6750-5: allows only requested headers that are valid names: %s',
    async (_n, asked, allowed) => {
      const { headers } = await preflight(LISTED, { 'access-control-request-headers': asked })
      expect(headers['Access-Control-Allow-Headers']).toBe(allowed)
    },
  )

  it('RFC6750-5: allows 64 requested headers at most', async () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `x-${at}`)
    const { headers } = await preflight(LISTED, {
      'access-control-request-headers': names.join(','),
    })
    expect(headers['Access-Control-Allow-Headers']).toBe(names.slice(0, 64).join(', '))
  })

  it('RFC6750-5: never sends Access-Control-Allow-Credentials', async () => {
    for (const options of [LISTED, ANY]) {
      expect((await preflight(options, {})).headers).not.toHaveProperty(
        'Access-Control-Allow-Credentials',
      )
      expect((await ask(options, { origin: APP })).headers).not.toHaveProperty(
        'Access-Control-Allow-Credentials',
      )
    }
  })
})
