import { allowed, ask, eventually, refused, unavailable } from '../support/decisions.ts'
import {
  dropsKeptConnections,
  held,
  html,
  inactive,
  json,
  resetAfterHeaders,
  resetBeforeHeaders,
  status,
} from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { CREDENTIALS, startIssuer } from '../support/issuers/local-issuer.ts'
import type { Answer } from '../support/issuers/loopback-server.ts'

describe('an endpoint that fails', () => {
  it.each<[string, Answer, string, string]>([
    ['HTTP 400', status(400), 'introspection_refused_us', '5'],
    ['HTTP 401', status(401), 'introspection_refused_us', '5'],
    ['HTTP 403', status(403), 'introspection_refused_us', '5'],
    ['HTTP 404', status(404), 'introspection_unavailable', '5'],
    ['HTTP 429', status(429), 'introspection_unavailable', '5'],
    ['429 until then', status(429, { 'retry-after': '17' }), 'introspection_unavailable', '17'],
    ['HTTP 500', status(500), 'introspection_unavailable', '5'],
    ['503 until then', status(503, { 'retry-after': '2' }), 'introspection_unavailable', '2'],
    ['503 for an hour', status(503, { 'retry-after': '3600' }), 'introspection_unavailable', '60'],
    ['503 at once', status(503, { 'retry-after': '0' }), 'introspection_unavailable', '1'],
    ['503 for ever', status(503, { 'retry-after': '-1' }), 'introspection_unavailable', '5'],
    [
      '503 until a date',
      status(503, { 'retry-after': 'Fri, 31 Dec 2027 23:59:59 GMT' }),
      'introspection_unavailable',
      '5',
    ],
    ['HTTP 204', status(204), 'introspection_unavailable', '5'],
    ['HTTP 201', status(201), 'introspection_unavailable', '5'],
    ['no JSON', html(), 'introspection_answer_invalid', '5'],
    ['no "active"', json({}), 'introspection_answer_invalid', '5'],
  ])(
    'RFC7662-3: with %s gives 503 with Retry-After, and is asked again at the next request',
    async (_what, answer, reason, retryAfter) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(answer)
      const gate = issuer.introspectingGate()
      for (let count = 1; count <= 3; count += 1) {
        const decision = await ask(gate, 'opaque')
        expect(decision).toEqual(unavailable(reason))
        expect(decision).toMatchObject({ headers: { 'Retry-After': retryAfter } })
        expect(issuer.introspection.count()).toBe(count)
      }
      issuer.introspection.answers(issuer.active())
      expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    },
  )

  it('RFC7662-3: is 503 during an outage, and used again after it', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.gate({ verification: 'introspection', introspection: CREDENTIALS })
    expect(await ask(gate, 'before')).toMatchObject(allowed)
    await issuer.server.stop()
    expect(await ask(gate, 'meanwhile')).toEqual(unavailable('introspection_unavailable'))
    await issuer.server.start()
    expect(await ask(gate, 'meanwhile')).toMatchObject(allowed)
  })
})

describe('a connection that is dropped', () => {
  it('RFC7662-3: is replaced, and the call is repeated once', async ({ issuer }) => {
    issuer.introspection.answers(dropsKeptConnections(issuer.active()))
    const gate = issuer.introspectingGate({ http: { connections: 1 } })
    expect(await ask(gate, 'first')).toMatchObject(allowed)
    expect(await ask(gate, 'second')).toMatchObject(allowed)
    const tokens = issuer.introspection
      .received()
      .map(({ body }) => new URLSearchParams(body).get('token'))
    expect(tokens).toEqual(['first', 'second', 'second'])
  })

  it('RFC7662-3: causes no error, even when the server has closed all connections', async ({
    issuer,
  }) => {
    const together = held(issuer.active())
    issuer.introspection.answers(together.answer)
    const gate = issuer.introspectingGate()
    const warm = Array.from({ length: 16 }, (_, at) => ask(gate, `warm-${at}`))
    await eventually(async () => expect(issuer.introspection.count()).toBe(16))
    together.release()
    await Promise.all(warm)

    issuer.introspection.answers(dropsKeptConnections(issuer.active()))
    for (let count = 0; count < 20; count += 1) {
      expect(await ask(gate, `one-${count}`)).toMatchObject(allowed)
    }
    const burst = Array.from({ length: 16 }, (_, at) => ask(gate, `burst-${at}`))
    for (const decision of await Promise.all(burst)) expect(decision).toMatchObject(allowed)
  })

  it.each([
    ['500', status(500)],
    ['429', status(429)],
  ])('is not assumed after HTTP %s: the call is not repeated', async (_code, answer) => {
    await using issuer = await startIssuer()
    issuer.introspection.answers(answer)
    await ask(issuer.introspectingGate(), 'opaque')
    expect(issuer.introspection.count()).toBe(1)
  })
})

describe('an endpoint with more calls than it can answer', () => {
  it('RFC7662-3: calls beyond http.maxPending are 503 at once', async ({ issuer }) => {
    const waiting = held(issuer.active())
    issuer.introspection.answers(waiting.answer)
    const gate = issuer.introspectingGate({ http: { maxPending: 3 } })
    const served = ['a', 'b', 'c'].map((token) => ask(gate, token))
    await waiting.arrived
    const decision = await ask(gate, 'd')
    expect(decision).toEqual(unavailable('overloaded'))
    expect(decision).toMatchObject({ headers: { 'Retry-After': '1' } })
    // A request for a token that is being asked about is no further call.
    const joined = ask(gate, 'a')
    waiting.release()
    for (const allowance of await Promise.all([...served, joined])) {
      expect(allowance).toMatchObject(allowed)
    }
    expect(await ask(gate, 'd')).toMatchObject(allowed)
    expect(issuer.introspection.count()).toBe(4)
  })

  it('failed calls do not count for http.maxPending', async ({ issuer }) => {
    const gate = issuer.introspectingGate({ http: { maxPending: 1 } })
    for (const answer of [status(500), resetBeforeHeaders(), resetAfterHeaders(), html()]) {
      issuer.introspection.answers(answer)
      expect(await ask(gate, 'opaque')).toMatchObject({ outcome: 'unavailable' })
    }
    issuer.introspection.answers(issuer.active())
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
  })

  it('more calls than connections wait, and are all answered', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.introspectingGate({ http: { connections: 2 } })
    const decisions = await Promise.all(
      Array.from({ length: 200 }, (_, at) => ask(gate, `token-${at}`)),
    )
    for (const decision of decisions) expect(decision).toMatchObject(allowed)
    expect(issuer.server.accepted).toBeLessThanOrEqual(2)
  })

  it('CVE-2026-48931: each caller gets the answer about its own token', async ({ issuer }) => {
    issuer.introspection.answers(({ body }) => {
      const token = new URLSearchParams(body).get('token') ?? ''
      return issuer.active({ sub: `owner of ${token}` })
    })
    const gate = issuer.introspectingGate()
    const tokens = Array.from({ length: 500 }, (_, at) => `token-${at}`)
    const decisions = await Promise.all(tokens.map((token) => ask(gate, token)))
    for (const [at, decision] of decisions.entries()) {
      expect(decision).toMatchObject({ token: { subject: `owner of token-${at}` } })
    }
  })

  it('CVE-2026-25536: two clients at once, whose answers cross, each keep their identity', async ({
    issuer,
  }) => {
    const second = Promise.withResolvers<void>()
    issuer.introspection.answers(async ({ body }) => {
      const owner = new URLSearchParams(body).get('token') ?? ''
      if (owner === 'alice') await second.promise
      else second.resolve()
      return issuer.active({ sub: owner, client_id: `client-of-${owner}` })
    })
    const gate = issuer.introspectingGate()
    for (let round = 0; round < 2; round += 1) {
      const decisions = await Promise.all(['alice', 'bob'].map((token) => ask(gate, token)))
      for (const [at, subject] of ['alice', 'bob'].entries()) {
        expect(decisions[at]).toMatchObject({
          token: { subject, clientId: `client-of-${subject}`, claims: { sub: subject } },
        })
      }
    }
    expect(issuer.introspection.count()).toBe(2)
  })

  it('CVE-2026-48931: a connection gets no second request before its answer has ended', async ({
    issuer,
  }) => {
    const first = held(json({ active: false }))
    issuer.introspection.answers(first.answer)
    const gate = issuer.introspectingGate({ http: { connections: 1 } })
    const decisions = [ask(gate, 'token-1'), ask(gate, 'token-2')]
    await first.arrived
    // The second request would be in the same write, or in the next turns.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(issuer.introspection.count()).toBe(1)
    first.release()
    for (const one of decisions) expect(await one).toMatchObject(refused('token_inactive'))
    expect(issuer.server.accepted).toBe(1)
  })
})

describe('a token that is not active', () => {
  it('RFC7662-4: is cached for negativeMaxAge', async ({ issuer }) => {
    issuer.introspection.answers(inactive())
    const gate = issuer.introspectingGate({ cache: { negativeMaxAge: 7 } })
    for (const seconds of [0, 3, 3.9]) {
      issuer.clock.advance(seconds)
      expect(await ask(gate, 'opaque')).toMatchObject(refused('token_inactive'))
      expect(issuer.introspection.count()).toBe(1)
    }
    issuer.introspection.answers(issuer.active())
    issuer.clock.advance(0.2)
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    expect(issuer.introspection.count()).toBe(2)
  })

  it('RFC7662-4: the oldest entry beyond negativeMaxEntries is dropped', async ({ issuer }) => {
    const gate = issuer.introspectingGate({ cache: { negativeMaxEntries: 2 } })
    issuer.introspection.answers(issuer.active())
    await ask(gate, 'good')
    issuer.introspection.answers(inactive())
    for (const token of ['a', 'b', 'c']) await ask(gate, token)
    expect(issuer.introspection.count()).toBe(4)
    for (const token of ['c', 'b', 'good']) await ask(gate, token)
    expect(issuer.introspection.count()).toBe(4)
    await ask(gate, 'a')
    expect(issuer.introspection.count()).toBe(5)
  })

  it('RFC7662-4: 500 made-up tokens push no good token out of the cache', async ({ issuer }) => {
    const gate = issuer.introspectingGate({ cache: { maxEntries: 1 } })
    issuer.introspection.answers(issuer.active())
    await ask(gate, 'good')
    issuer.introspection.answers(inactive())
    await Promise.all(Array.from({ length: 500 }, (_, at) => ask(gate, `made-up-${at}`)))
    await issuer.server.stop()
    expect(await ask(gate, 'good')).toMatchObject(allowed)
  })

  it.each([
    ['expired', { exp: 1 }, 'token_expired'],
    ['of another audience', { aud: 'https://other.example.com' }, 'audience_mismatch'],
  ])(
    'RFC7662-4: an active token that is %s is introspected each time',
    async (_what, changes, reason) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(issuer.active(changes))
      const gate = issuer.introspectingGate()
      expect(await ask(gate, 'opaque')).toMatchObject(refused(reason))
      expect(await ask(gate, 'opaque')).toMatchObject(refused(reason))
      expect(issuer.introspection.count()).toBe(2)
    },
  )
})
