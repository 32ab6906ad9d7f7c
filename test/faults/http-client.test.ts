import { Agent, MockAgent } from 'undici'
import type { HttpOptions } from '../../src/index.ts'
import { allowed, ask, eventually, unavailable } from '../support/decisions.ts'
import {
  drip,
  held,
  huge,
  inTurn,
  resetAfterHeaders,
  resetBeforeHeaders,
  silent,
  status,
} from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import {
  CREDENTIALS,
  type GateOptions,
  type LocalIssuer,
  startIssuer,
} from '../support/issuers/local-issuer.ts'
import { type Answer, deadOrigin } from '../support/issuers/loopback-server.ts'

const agent = new Agent()
const TRANSPORTS: [name: string, http: HttpOptions][] = [
  ['the built-in pools', {}],
  ['a given fetch', { fetch: globalThis.fetch }],
  ['a given dispatcher', { dispatcher: agent }],
]

describe.each(TRANSPORTS)('through %s', (_name, http) => {
  const gateOf = (issuer: LocalIssuer, more: HttpOptions = {}) =>
    issuer.introspectingGate({ http: { ...http, ...more } })

  it('metadata, keys and introspection answers are fetched', async () => {
    await using issuer = await startIssuer({ path: '/realms/acme' })
    issuer.introspection.answers(issuer.active({ jti: undefined }))
    const gate = issuer.gate({ introspection: CREDENTIALS }, { http })
    expect(await ask(gate, await issuer.token())).toMatchObject(allowed)
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    expect(issuer.discovery.count()).toBe(1)
    expect(issuer.keys.count()).toBe(1)
    const [received] = issuer.introspection.received()
    expect(received).toMatchObject({
      method: 'POST',
      contentType: 'application/x-www-form-urlencoded',
      authorization: expect.stringMatching(/^Basic /),
    })
  })

  it.each<[string, Answer, HttpOptions, string]>([
    ['a body over the limit', huge({ active: true }), {}, 'maxResponseSize'],
    ['an inactive answer over the limit', huge({ active: false }), {}, 'maxResponseSize'],
    ['a slow body that never ends', drip(), { timeout: 0.2 }, 'timed out'],
    ['no answer in time', silent(), { timeout: 0.2 }, 'timed out'],
    ['no headers in time', silent(), { headersTimeout: 0.2, timeout: 50 }, ''],
    ['a reset before the headers', resetBeforeHeaders(), {}, ''],
    ['a reset after the headers', resetAfterHeaders(), {}, ''],
    ['HTTP 500', status(500), {}, 'HTTP 500'],
  ])('RFC7662-3: %s is 503', async (_what, answer, more, detail) => {
    await using issuer = await startIssuer()
    issuer.introspection.answers(answer)
    const decision = await ask(gateOf(issuer, more), 'opaque')
    expect(decision).toEqual(unavailable('introspection_unavailable'))
    expect(decision).toMatchObject({ detail: expect.stringContaining(detail) })
  })

  it('a call that is reset is repeated exactly once', async ({ issuer }) => {
    const gate = gateOf(issuer)
    for (const reset of [resetBeforeHeaders(), resetAfterHeaders()]) {
      issuer.introspection.answers(inTurn(reset, issuer.active()))
      expect(await ask(gate, crypto.randomUUID())).toMatchObject(allowed)
    }
    expect(issuer.introspection.count()).toBe(4)
    issuer.introspection.answers(resetBeforeHeaders())
    expect(await ask(gate, 'reset')).toEqual(unavailable('introspection_unavailable'))
    expect(issuer.introspection.count()).toBe(6)
  })

  it('a call and its repetition share one deadline', async ({ issuer }) => {
    // The first call has to be reset within the deadline, also on a busy machine.
    const gate = gateOf(issuer, { timeout: 3 })
    const second = held(issuer.active())
    issuer.introspection.answers(inTurn(resetBeforeHeaders(), second.answer))
    expect(await ask(gate, 'opaque')).toEqual(unavailable('introspection_unavailable'))
    await eventually(async () => expect(second.abandoned).toBe(true))
    expect(issuer.introspection.count()).toBe(2)
  })

  it('a port without a server is 503', async ({ issuer }) => {
    const introspection = { ...CREDENTIALS, endpoint: `${await deadOrigin()}/introspect` }
    const gate = issuer.gate({ verification: 'introspection', introspection }, { http })
    const decision = await ask(gate, 'opaque')
    expect(decision).toEqual(unavailable('introspection_unavailable'))
    expect(decision).toMatchObject({ detail: expect.stringContaining('ECONNREFUSED') })
  })

  it('maxPending limits the waiting calls', async ({ issuer }) => {
    const waiting = held(issuer.active())
    issuer.introspection.answers(waiting.answer)
    const gate = gateOf(issuer, { maxPending: 1 })
    const first = ask(gate, 'first')
    await waiting.arrived
    expect(await ask(gate, 'second')).toEqual(unavailable('overloaded'))
    waiting.release()
    expect(await first).toMatchObject(allowed)
  })
})

describe('a given fetch', () => {
  const withFetch = (issuer: LocalIssuer, fetch: typeof globalThis.fetch, more: HttpOptions = {}) =>
    issuer.introspectingGate({ http: { fetch, ...more } })

  it('gets redirect: manual and a signal with the time limit', async ({ issuer }) => {
    const inits: RequestInit[] = []
    const gate = withFetch(issuer, async (_url, init = {}) => {
      inits.push(init)
      return Response.json({ active: true, ...issuer.claims() })
    })
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    expect(inits).toMatchObject([{ redirect: 'manual', method: 'POST' }])
    expect(inits[0]?.signal).toBeInstanceOf(AbortSignal)
  })

  it.each<[string, () => Promise<Response>]>([
    ['rejects', () => Promise.reject(new TypeError('fetch failed'))],
    ['rejects with no error', () => Promise.reject('no')],
    ['resolves with a response of type "error"', async () => Response.error()],
    ['never resolves, whatever its signal says', () => new Promise(() => {})],
    [
      'brings a body that never ends, whatever its signal says',
      async () =>
        new Response(new ReadableStream(), { headers: { 'content-type': 'application/json' } }),
    ],
  ])('RFC7662-3: that %s is 503', async (_what, fetch) => {
    await using issuer = await startIssuer()
    const gate = withFetch(issuer, fetch, { timeout: 0.2, headersTimeout: 0.2 })
    expect(await ask(gate, 'opaque')).toEqual(unavailable('introspection_unavailable'))
  })
})

describe('a given dispatcher', () => {
  it('may be a MockAgent', async () => {
    await using local = await startIssuer()
    const mock = new MockAgent()
    mock.disableNetConnect()
    const issuer = 'https://sso.example.com/realms/acme'
    const pool = mock.get('https://sso.example.com')
    pool
      .intercept({ path: '/.well-known/oauth-authorization-server/realms/acme' })
      .reply(200, { issuer, jwks_uri: 'https://sso.example.com/keys' })
    pool.intercept({ path: '/keys' }).reply(200, { keys: [local.signer.publicKey] })
    const gate = local.gate({ issuer } as object, { http: { dispatcher: mock } })
    expect(await ask(gate, await local.token({ iss: issuer }))).toMatchObject(allowed)
    mock.assertNoPendingInterceptors()
    await mock.close()
  })

  it('is not closed by close()', async ({ issuer }) => {
    const own = new Agent()
    const options: GateOptions = { http: { dispatcher: own } }
    const gate = await issuer.readyGate({}, options)
    await gate.close()
    expect([own.closed, own.destroyed]).toEqual([false, false])
    await issuer.gate({}, options).ready()
    await own.close()
  })
})
