import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createTokenExchanger,
  TokenExchangeError,
  type TokenExchanger,
  type TokenExchangerOptions,
  UnavailableError,
} from '../../src/index.ts'
import { keycloakProfile } from '../../src/keycloak/profile.ts'
import { createTestClock, type TestClock } from '../../src/testing/test-clock.ts'
import {
  held,
  html,
  huge,
  json,
  raw,
  redirect,
  resetBeforeHeaders,
  silent,
  status,
} from '../support/issuers/answers.ts'
import {
  type Answer,
  type LoopbackServer,
  startLoopbackServer,
} from '../support/issuers/loopback-server.ts'
import { PATIENT_HTTP } from '../support/patient-http.ts'

const TOKEN = '/token'
const ALICE = 'alices-own-token-which-is-long-enough-to-be-found'
const REFRESH_TOKEN = 'urn:ietf:params:oauth:token-type:refresh_token'
const SECRET = 'the-secret-of-mcp-server: ü%'

let server: LoopbackServer
let clock: TestClock
const open: TokenExchanger[] = []

beforeEach(async () => {
  server = await startLoopbackServer()
  server.on(TOKEN, exchanging())
  clock = createTestClock()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((exchanger) => exchanger.close()))
  await server[Symbol.asyncDispose]()
})

/** Any value, so that tests can leave the endpoint out and set wrong values. */
type Options = { readonly [Name in keyof TokenExchangerOptions]?: unknown }

function exchangerWith(options: Options = {}): TokenExchanger {
  const exchanger = createTokenExchanger({
    issuer: server.origin,
    endpoint: `${server.origin}${TOKEN}`,
    clientId: 'mcp-server',
    clientSecret: SECRET,
    clock,
    ...options,
  } as TokenExchangerOptions)
  open.push(exchanger)
  return exchanger
}

/** Answers with a token that says what it was made from. */
function exchanging(changes: object = {}): Answer {
  let made = 0
  return (received, response) => {
    made += 1
    const form = new URLSearchParams(received.body)
    return json({
      access_token: `${form.get('subject_token')}→${form.get('audience')}#${made}`,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 300,
      ...changes,
    })(received, response)
  }
}

/** A good answer, with changes. */
const good = (changes: object) =>
  JSON.stringify({ access_token: 'x', token_type: 'Bearer', expires_in: 1, ...changes })

const error = (code: string, http = 400) => raw(JSON.stringify({ error: code }), undefined, http)
const alice = (lifetime = 600) => ({ token: ALICE, expiresAt: clock.seconds + lifetime })
const formAt = (index = 0) => new URLSearchParams(server.received(TOKEN)[index]?.body)
const ORDERS = { audience: 'orders-api', scopes: ['orders:read'] }

describe('the token exchange request', () => {
  it('S2 MCP-15: is an RFC 8693 request with this server’s own credentials', async () => {
    const exchanged = await exchangerWith().exchange(alice(), ORDERS)
    const [request] = server.received(TOKEN)
    expect(Object.fromEntries(formAt())).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: ALICE,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'orders-api',
      scope: 'orders:read',
    })
    const basic = Buffer.from('mcp-server:the-secret-of-mcp-server%3A+%C3%BC%25')
    expect(request?.authorization).toBe(`Basic ${basic.toString('base64')}`)
    expect(exchanged).toEqual({
      accessToken: `${ALICE}→orders-api#1`,
      expiresAt: clock.seconds + 300,
      scopes: ['orders:read'],
    })
  })

  it('S2: goes to the token endpoint of the issuer’s metadata', async () => {
    server.on(
      '/.well-known/oauth-authorization-server',
      json({ issuer: server.origin, token_endpoint: `${server.origin}/elsewhere` }),
    )
    server.on('/elsewhere', exchanging({ scope: 'a b' }))
    expect((await exchangerWith({ endpoint: undefined }).exchange(alice(), ORDERS)).scopes).toEqual(
      ['a', 'b'],
    )
  })
})

describe('the cache', () => {
  it('S2: a thousand exchanges of one token at the same time make one call', async () => {
    const exchanger = exchangerWith()
    const all = Array.from({ length: 1000 }, () => exchanger.exchange(alice(), ORDERS))
    expect(new Set((await Promise.all(all)).map((token) => token.accessToken)).size).toBe(1)
    await exchanger.exchange(alice(), ORDERS)
    expect(server.count(TOKEN)).toBe(1)
  })

  it.each([
    ['another caller’s token', { ...ORDERS }, `${ALICE}2`],
    ['another audience', { ...ORDERS, audience: 'orders-api2' }, ALICE],
    ['another scope', { ...ORDERS, scopes: ['orders:write'] }, ALICE],
    ['one scope more', { ...ORDERS, scopes: ['orders:read', 'x'] }, ALICE],
    ['no scope', { audience: 'orders-api' }, ALICE],
    ['a resource in place of the audience', { resource: 'orders-api' }, ALICE],
    ['an audience that ends like a scope', { audience: 'orders-api","orders:read' }, ALICE],
  ])(
    'S2 CVE-2026-35039: a request with %s does not get a cached token',
    async (_name, target, token) => {
      const exchanger = exchangerWith()
      const first = await exchanger.exchange(alice(), ORDERS)
      const second = await exchanger.exchange({ ...alice(), token }, target)
      expect(second.accessToken).not.toBe(first.accessToken)
      expect(server.count(TOKEN)).toBe(2)
    },
  )

  it.each([
    ['until 20 s before its own expiry', 600, 280, 1],
    ['not beyond its own expiry', 600, 300, 2],
    ['not beyond the expiry of the caller’s token', 60, 61, 2],
    ['not when the expiry of the caller’s token is unknown', undefined, 0, 2],
  ])('S2: a token is kept %s', async (_until, lifetime, seconds, calls) => {
    const exchanger = exchangerWith()
    const subject = lifetime === undefined ? { token: ALICE } : alice(lifetime)
    await exchanger.exchange(subject, ORDERS)
    clock.advance(seconds)
    await exchanger.exchange(subject, ORDERS)
    expect(server.count(TOKEN)).toBe(calls)
  })

  it('S2: no more than maxEntries tokens are kept, and none with 0', async () => {
    const one = exchangerWith({ maxEntries: 1 })
    await one.exchange(alice(), ORDERS)
    await one.exchange(alice(), { audience: 'other' })
    await one.exchange(alice(), ORDERS)
    expect(server.count(TOKEN)).toBe(3)
    server.clear()
    const none = exchangerWith({ maxEntries: 0 })
    await none.exchange(alice(), ORDERS)
    await none.exchange(alice(), ORDERS)
    expect(server.count(TOKEN)).toBe(2)
  })

  it('S2: a refusal is not cached, so the operator’s fix works at once', async () => {
    const exchanger = exchangerWith()
    server.on(TOKEN, error('access_denied', 403))
    await expect(exchanger.exchange(alice(), ORDERS)).rejects.toThrow(TokenExchangeError)
    server.on(TOKEN, exchanging())
    expect((await exchanger.exchange(alice(), ORDERS)).accessToken).toContain(ALICE)
  })

  it('S2: a kept token cannot be changed by a caller', async () => {
    const exchanger = exchangerWith()
    const scopes = ['orders:read']
    const exchange = exchanger.exchange(alice(), { audience: 'orders-api', scopes })
    // While it is under way, and once it is kept.
    scopes.push('orders:admin')
    const exchanged = await exchange
    scopes.push('orders:delete')
    expect(exchanged.scopes).toEqual(['orders:read'])
    expect(Object.isFrozen(exchanged.scopes)).toBe(true)
    expect((await exchanger.exchange(alice(), ORDERS)).scopes).toEqual(['orders:read'])
    expect(server.count(TOKEN)).toBe(1)
    expect(formAt().get('scope')).toBe('orders:read')
  })

  it('S2: changes to a target during discovery do not change the request', async () => {
    const looking = held(
      json({ issuer: server.origin, token_endpoint: `${server.origin}${TOKEN}` }),
    )
    server.on('/.well-known/oauth-authorization-server', looking.answer)
    server.on(TOKEN, exchanging())
    const exchanger = exchangerWith({ endpoint: undefined })
    const target = { audience: 'orders-api', scopes: ['orders:read'] }
    const exchange = exchanger.exchange(alice(), target)
    await looking.arrived
    target.audience = 'payments-api'
    target.scopes.push('orders:admin')
    looking.release()
    await exchange
    expect([formAt().get('audience'), formAt().get('scope')]).toEqual(['orders-api', 'orders:read'])
  })

  it('S2: a caller who leaves does not end the exchange of the others', async () => {
    const exchanger = exchangerWith()
    const gone = new AbortController()
    const leaving = exchanger.exchange(alice(), ORDERS, { signal: gone.signal })
    const staying = exchanger.exchange(alice(), ORDERS)
    gone.abort(new Error('gone'))
    await expect(leaving).rejects.toThrow('gone')
    expect((await staying).accessToken).toContain(ALICE)
  })
})

describe('a caller who leaves', () => {
  const PATIENT = { ...PATIENT_HTTP, connections: 1 }

  it('S2 MCP-15: before it began sends no token', async () => {
    const exchanger = exchangerWith()
    const signal = AbortSignal.abort(new Error('gone'))
    await expect(exchanger.exchange(alice(), ORDERS, { signal })).rejects.toThrow('gone')
    // Had it been sent, it would be there before this one.
    await exchanger.exchange(alice(), { audience: 'other' })
    expect(server.count(TOKEN)).toBe(1)
  })

  it.each([
    ['nobody else waits: it is not sent', 0, 0],
    ['others wait: it goes on for them', 1, 1],
  ])('S2 MCP-15: while it waits in line, and %s', async (_what, others, sent) => {
    const first = held(exchanging())
    server.on(TOKEN, first.answer)
    const exchanger = exchangerWith({ http: PATIENT })
    const ahead = exchanger.exchange(alice(), { audience: 'first' })
    await first.arrived
    const gone = new AbortController()
    const leaving = [1, 2].map(() =>
      exchanger.exchange(alice(), ORDERS, { signal: gone.signal }).catch(() => 'left'),
    )
    const staying = Array.from({ length: others }, () =>
      exchanger.exchange(alice(), ORDERS, { signal: new AbortController().signal }),
    )
    gone.abort(new Error('gone'))
    expect(await Promise.all(leaving)).toEqual(['left', 'left'])
    first.release()
    await Promise.all([ahead, ...staying])
    await exchanger.exchange(alice(), { audience: 'last' })
    const asked = server.received(TOKEN).map(({ body }) => new URLSearchParams(body))
    expect(asked.filter((form) => form.get('audience') === ORDERS.audience)).toHaveLength(sent)
  })

  it('S2: does not end the exchange for a caller who asks right after', async () => {
    const first = held(exchanging())
    server.on(TOKEN, first.answer)
    const exchanger = exchangerWith({ http: PATIENT })
    const ahead = exchanger.exchange(alice(), { audience: 'first' })
    await first.arrived
    const gone = new AbortController()
    const leaving = exchanger.exchange(alice(), ORDERS, { signal: gone.signal })
    gone.abort(new Error('gone'))
    const next = exchanger.exchange(alice(), ORDERS)
    await expect(leaving).rejects.toThrow('gone')
    first.release()
    await ahead
    expect((await next).accessToken).toContain(ALICE)
  })
})

describe('close()', () => {
  it('S2: every later exchange fails, cached ones included, without a call', async () => {
    const exchanger = exchangerWith()
    await exchanger.exchange(alice(), ORDERS)
    await exchanger.close()
    for (const target of [ORDERS, { audience: 'other' }]) {
      const failure = await exchanger.exchange(alice(), target).catch((error: unknown) => error)
      expect(failure).toMatchObject({ name: 'UnavailableError', status: 503, reason: 'closed' })
    }
    expect(server.count(TOKEN)).toBe(1)
  })
})

describe('a refusal is a TokenExchangeError, with a challenge if another token helps', () => {
  it.each([
    ['invalid_client', 401, 'client_refused', undefined],
    ['unauthorized_client', 400, 'exchange_not_permitted', undefined],
    ['access_denied', 403, 'exchange_not_permitted', undefined],
    ['invalid_target', 400, 'target_refused', undefined],
    ['invalid_request', 400, 'request_refused', undefined],
    ['something_new', 400, 'request_refused', undefined],
    ['invalid_scope', 400, 'scope_refused', 403],
    ['consent_required', 400, 'consent_required', 403],
    ['interaction_required', 400, 'consent_required', 403],
    ['invalid_grant', 400, 'subject_token_refused', 401],
    ['invalid_token', 400, 'subject_token_refused', 401],
  ])('S2: error %s with HTTP %i becomes the reason %s', async (code, http, reason, challenge) => {
    server.on(TOKEN, error(code, http))
    const failure = await failureOf(exchangerWith())
    expect(failure).toBeInstanceOf(TokenExchangeError)
    const refusal = failure as TokenExchangeError
    expect(refusal.reason).toBe(reason)
    expect(refusal.challenge?.status).toBe(challenge)
    if (challenge === 403) expect(refusal.challenge?.requiredScopes).toEqual(['orders:read'])
  })

  it('S2 RFC9700-2: error_description decides the reason and is never repeated', async () => {
    const told = { error: 'invalid_request', error_description: `Invalid token ${ALICE}` }
    server.on(TOKEN, raw(JSON.stringify(told), undefined, 400))
    const failure = await failureOf(exchangerWith({ profile: keycloakProfile }))
    expect((failure as TokenExchangeError).reason).toBe('subject_token_refused')
    expect(inspect(failure, { depth: 5 })).not.toContain(ALICE)
  })

  it.each([
    ['invalid_target', 'audience mapper', 'check the audience or resource'],
    ['access_denied', 'Standard token exchange', 'this client may exchange tokens'],
    ['invalid_scope', 'assigned to the exchanging client', 'may have the scopes'],
    ['invalid_request', 'TOKEN_EXCHANGE_ERROR', 'log may say more'],
  ])(
    'S2: the message for %s gives advice for Keycloak only with keycloakProfile',
    async (code, own, any) => {
      server.on(TOKEN, error(code))
      const inKeycloak = await failureOf(exchangerWith({ profile: keycloakProfile }))
      expect(inKeycloak).toMatchObject({ message: expect.stringContaining(own) })
      const elsewhere = await failureOf(exchangerWith())
      expect(elsewhere).toMatchObject({ message: expect.stringContaining(any) })
      expect(elsewhere).toMatchObject({ message: expect.not.stringContaining('Keycloak') })
    },
  )
})

describe('an outage is an UnavailableError', () => {
  it.each<readonly [string, Answer]>([
    ['500', status(500)],
    ['503', status(503)],
    ['429', status(429)],
    ['an error without a code', status(400)],
    ['HTML', html()],
    ['a redirect', redirect('/elsewhere')],
    ['a huge answer', huge(JSON.parse(good({})))],
    ['a reset', resetBeforeHeaders()],
    ['silence', silent()],
    ['no access_token', json({ token_type: 'Bearer', expires_in: 1 })],
    ['an empty access_token', json({ access_token: '', token_type: 'Bearer', expires_in: 1 })],
    ['no expires_in', json({ access_token: 'x', token_type: 'Bearer' })],
    ['a bad expires_in', json({ access_token: 'x', token_type: 'Bearer', expires_in: '1' })],
    ['a DPoP token', json({ access_token: 'x', token_type: 'DPoP', expires_in: 1 })],
    ['N_A for a type', json({ access_token: 'x', token_type: 'N_A', expires_in: 1 })],
    ['a refresh token', raw(good({ issued_token_type: REFRESH_TOKEN }))],
    ['an endless expires_in', raw(good({ expires_in: 0 }).replace(':0', ':1e999'))],
    ['scope as null', raw(good({ scope: null }))],
    ['scope as a number', raw(good({ scope: 7 }))],
    ['scope as an object', raw(good({ scope: {} }))],
    ['scope as a list of numbers', raw(good({ scope: [7] }))],
    ['a redirect with an error', raw('{"error":"access_denied"}', undefined, 302)],
    ['another 4xx with an error', raw('{"error":"invalid_grant"}', undefined, 404)],
    ['200 with an error', raw('{"error":"invalid_grant"}')],
    ['repeated members', raw('{"access_token":"a","access_token":"b"}')],
  ])('S2 RFC9700-2: %s is an UnavailableError without token or secret', async (_name, answer) => {
    server.on(TOKEN, answer)
    const failure = await failureOf(exchangerWith({ http: { timeout: 0.3 } }))
    expect(failure).toBeInstanceOf(UnavailableError)
    expect((failure as UnavailableError).reason).toBe('token_exchange_unavailable')
    expect(inspect(failure, { depth: 5 })).not.toContain(ALICE)
    expect(inspect(failure, { depth: 5 })).not.toContain('the-secret')
  })
})

describe('options', () => {
  it.each([
    [{ issuer: 'http://sso.example.com' }, 'issuer'],
    [{ endpoint: 'nowhere' }, 'endpoint'],
    [{ clientId: '' }, 'clientId'],
    [{ maxEntries: -1 }, 'maxEntries'],
    [{ audience: 'x' }, 'audience'],
  ])('S2: %j throws a TypeError that names the option', (options, name) => {
    const create = () => exchangerWith(options as Options)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(name)
  })

  it('S1.8: a missing secret throws an error that names clientSecret', () => {
    const create = () => createTokenExchanger({ issuer: 'https://a.example', clientId: 'a' })
    expect(create).toThrow(/`clientSecret` must be set/)
  })
})

async function failureOf(exchanger: TokenExchanger): Promise<unknown> {
  return exchanger.exchange(alice(), ORDERS).then(
    () => undefined,
    (failure: unknown) => failure,
  )
}
