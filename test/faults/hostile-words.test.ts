import { inspect } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import { createTokenExchanger } from '../../src/index.ts'
import { ask } from '../support/decisions.ts'
import { listenToDecisions, listenToOutbound } from '../support/events.ts'
import { type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'

/** They have the form of a system's error codes, so that form alone lets them through. */
const TOKEN = 'OPAQUE_TOKEN_OF_ALICE_0123456789'
const SECRET = 'SECRET_OF_MCP_SERVER'
const SHORT_SECRET = 'HUSH7'

/** All that was told: events, decisions and errors. */
let told: unknown[]

beforeEach(() => {
  const [decisions, outbound] = [listenToDecisions(), listenToOutbound()]
  told = [decisions.events, outbound.events]
  return () => {
    decisions[Symbol.dispose]()
    outbound[Symbol.dispose]()
  }
})

type Spoil = (text: string) => unknown

/** What a `fetch` of somebody else's making may throw, with a secret in it. */
const ERRORS: [what: string, spoil: Spoil][] = [
  ['its code', (text) => Object.assign(new Error('x'), { code: text })],
  ['its code, among others', (text) => Object.assign(new Error('x'), { code: `ERR_${text}_X` })],
  ['a piece in its code', (text) => Object.assign(new Error('x'), { code: text.slice(0, -1) })],
  ['its code in lower case', (text) => Object.assign(new Error('x'), { code: text.toLowerCase() })],
  ['its message', (text) => new Error(text)],
  ['its name', (text) => Object.assign(new Error('x'), { name: text })],
  ['its cause', (text) => new Error('x', { cause: text })],
  ['the code of its cause', (text) => new Error('x', { cause: { code: text } })],
  [
    'the code of the cause of its cause',
    (text) =>
      new Error('x', {
        cause: new Error('y', { cause: Object.assign(new Error('z'), { code: text }) }),
      }),
  ],
  ['its stack', (text) => Object.assign(new Error('x'), { stack: text })],
  ['a string', (text) => text],
  ['an object', (text) => ({ code: text, message: text })],
  [
    'a code that throws',
    (text) =>
      Object.defineProperty(new Error('x'), 'code', {
        get() {
          throw new Error(text)
        },
      }),
  ],
]

const SECRETS: [what: string, text: string][] = [
  ['the token', TOKEN],
  ['the secret', SECRET],
  ['a short secret', SHORT_SECRET],
]

const CASES = SECRETS.flatMap(([secret, text]) =>
  ERRORS.map(([what, spoil]): [string, string, string, Spoil] => [secret, what, text, spoil]),
).filter(([secret, what]) => secret !== 'a short secret' || what !== 'a piece in its code')

function gateOf(
  issuer: LocalIssuer,
  secret: string,
  method: 'basic' | 'post',
  fetch: typeof globalThis.fetch,
) {
  return issuer.gate(
    {
      verification: 'introspection',
      introspection: {
        clientId: 'mcp-server',
        clientSecret: secret,
        authentication: `client_secret_${method}`,
        endpoint: issuer.introspection.url,
      },
    },
    { http: { fetch } },
  )
}

describe('an error of a given fetch', () => {
  it.each(CASES)(
    'S1.7 RFC9700-2: does not reveal %s that is in %s',
    async (_secret, _what, text, spoil) => {
      await using issuer = await startIssuer()
      const secret = text === TOKEN ? SECRET : text
      for (const method of ['basic', 'post'] as const) {
        const gate = gateOf(issuer, secret, method, () => Promise.reject(spoil(text)))
        const decision = await ask(gate, TOKEN)
        expect(decision).toMatchObject({ status: 503, reason: 'introspection_unavailable' })
        told.push(decision, await gate.verify(TOKEN).catch((error: unknown) => error))
        // That sends the secret, and a token of our own making.
        if (text !== TOKEN) told.push(await gate.ready().catch((error: unknown) => error))
      }
      const emitted = inspect(told, { depth: 10, showHidden: true }).toLowerCase()
      expect(emitted).toContain('the call failed')
      // Of a short one the whole: its pieces stand in words by chance.
      const forbidden = text === SHORT_SECRET ? text : text.slice(0, -1)
      expect(emitted).not.toContain(forbidden.toLowerCase())
    },
  )

  it.each(['ECONNREFUSED', 'UND_ERR_HEADERS_TIMEOUT', 'CERT_HAS_EXPIRED'])(
    'has the code %s in the detail',
    async (code) => {
      await using issuer = await startIssuer()
      const cause = Object.assign(new Error('x'), { code })
      const failing = () => Promise.reject(new TypeError('fetch failed', { cause }))
      const decision = await ask(gateOf(issuer, SECRET, 'basic', failing), TOKEN)
      expect(decision).toMatchObject({ detail: expect.stringContaining(code) })
    },
  )

  it.each(['x', 'ECONN\nREFUSED', 'E'.repeat(41), 'a sentence', 'É', ''])(
    'RFC9700-2: has no code in the detail when it is malformed: %j',
    async (code) => {
      await using issuer = await startIssuer()
      const failing = () => Promise.reject(Object.assign(new Error('x'), { code }))
      const decision = await ask(gateOf(issuer, SECRET, 'basic', failing), TOKEN)
      expect(decision).toMatchObject({ detail: expect.stringMatching(/: the call failed$/) })
    },
  )
})

describe('an error code of an authorization server', () => {
  const failureOf = async (status: number, body: object) => {
    const exchanger = createTokenExchanger({
      issuer: 'https://sso.example.com',
      endpoint: 'https://sso.example.com/token',
      clientId: 'mcp-server',
      clientSecret: SECRET,
      http: { fetch: async () => Response.json(body, { status }) },
    })
    const failure = await exchanger
      .exchange({ token: TOKEN }, { audience: 'orders-api' })
      .catch((error: unknown) => error)
    return inspect([failure, told], { depth: 10, showHidden: true }).toLowerCase()
  }

  it.each([TOKEN, SECRET])('S2 RFC9700-2: of an exchange does not reveal %s', async (text) => {
    for (const spoilt of [text, `invalid_${text}`, text.slice(3), text.toLowerCase()]) {
      for (const body of [
        { error: spoilt },
        { error: spoilt, error_description: spoilt, error_uri: spoilt },
        { error: 'invalid_request', error_description: spoilt },
      ]) {
        expect(await failureOf(400, body)).not.toContain(text.slice(4).toLowerCase())
      }
      for (const name of ['token_type', 'issued_token_type', 'expires_in', 'scope']) {
        const good = { access_token: 'x', token_type: 'Bearer', expires_in: 1, scope: 'a' }
        const value = name === 'scope' ? { [spoilt]: spoilt } : spoilt
        const emitted = await failureOf(200, { ...good, [name]: value })
        expect(emitted).toContain('token_exchange_unavailable')
        expect(emitted).not.toContain(text.slice(4).toLowerCase())
      }
    }
  })

  it.each([
    ['invalid_grant', 'error "invalid_grant"'],
    ['something_new', 'error "something_new"'],
    ['two\nlines', 'not repeated'],
    ['"quoted"', 'not repeated'],
    ['x'.repeat(61), 'not repeated'],
  ])(
    'S2: of an exchange is in the message only if RFC 6749 allows its characters: %j',
    async (error, detail) => {
      expect(await failureOf(400, { error })).toContain(detail)
    },
  )

  it.each([TOKEN, SECRET])('RFC9700-2: of introspection does not reveal %s', async (text) => {
    await using issuer = await startIssuer()
    const refusing = async () => Response.json({ error: text }, { status: 401 })
    const gate = gateOf(issuer, SECRET, 'basic', refusing)
    told.push(await ask(gate, TOKEN))
    const emitted = inspect(told, { depth: 10 })
    expect(emitted).toContain('introspection_refused_us')
    expect(emitted).not.toContain(text)
  })
})
