import { allowed, ask, refused, unavailable } from '../support/decisions.ts'
import { held, inactive, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { startIssuer } from '../support/issuers/local-issuer.ts'

describe('many requests at the same time', () => {
  it.each([1000, 10_000])(
    'RFC7662-4: %i with one cold opaque token make one introspection call',
    async (count) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(issuer.active())
      const gate = issuer.introspectingGate()
      const decisions = await Promise.all(Array.from({ length: count }, () => ask(gate, 'opaque')))
      expect(decisions.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(count)
      expect(issuer.introspection.count()).toBe(1)
    },
  )

  it('RFC7662-4: a thousand make one call, also with `cache: false`', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.introspectingGate({ cache: false })
    await Promise.all(Array.from({ length: 1000 }, () => ask(gate, 'opaque')))
    expect(issuer.introspection.count()).toBe(1)
    await ask(gate, 'opaque')
    expect(issuer.introspection.count()).toBe(2)
  })

  it.each([
    ['a refusal', inactive(), refused('token_inactive')],
    ['an outage', status(500), { status: 503, reason: 'introspection_unavailable' }],
  ])(
    'RFC7662-4: %s is shared by a thousand requests, each with its own correlation id',
    async (_what, answer, outcome) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(answer)
      const gate = issuer.introspectingGate()
      const decisions = await Promise.all(Array.from({ length: 1000 }, () => ask(gate, 'opaque')))
      for (const decision of decisions) expect(decision).toMatchObject(outcome)
      expect(new Set(decisions.map(({ correlationId }) => correlationId)).size).toBe(1000)
      expect(issuer.introspection.count()).toBe(1)
    },
  )

  it('RFC7662-4: callers that leave do not end the call of the others', async ({ issuer }) => {
    const waiting = held(issuer.active())
    issuer.introspection.answers(waiting.answer)
    const gate = issuer.introspectingGate()
    const callers = Array.from({ length: 9 }, () => {
      const controller = new AbortController()
      return { controller, decision: ask(gate, 'opaque', controller.signal) }
    })
    await waiting.arrived
    const leaving = callers.filter((_, at) => at % 3 === 0)
    for (const { controller } of leaving) controller.abort()
    for (const { decision } of leaving) expect(await decision).toMatchObject({ status: 503 })
    expect(waiting.abandoned).toBe(false)
    waiting.release()
    for (const caller of callers.filter((each) => !leaving.includes(each))) {
      expect(await caller.decision).toMatchObject(allowed)
    }
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    expect(issuer.introspection.count()).toBe(1)
  })

  it('RFC7662-4: a caller that leaves and returns makes no further call', async ({ issuer }) => {
    for (const [token, answer] of [
      ['good', issuer.active()],
      ['bad', inactive()],
    ] as const) {
      const waiting = held(answer)
      issuer.server.clear()
      issuer.introspection.answers(waiting.answer)
      const gate = issuer.introspectingGate()
      const again: Promise<unknown>[] = []
      for (let round = 0; round < 5; round += 1) {
        const controller = new AbortController()
        const left = ask(gate, token, controller.signal)
        await waiting.arrived
        controller.abort()
        await left
        again.push(ask(gate, token))
      }
      waiting.release()
      await Promise.all(again)
      expect(issuer.introspection.count()).toBe(1)
    }
  })

  it('the answer is cached although every caller has left', async ({ issuer }) => {
    const waiting = held(issuer.active())
    issuer.introspection.answers(waiting.answer)
    const gate = issuer.introspectingGate()
    const controller = new AbortController()
    const left = ask(gate, 'opaque', controller.signal)
    await waiting.arrived
    controller.abort()
    expect(await left).toMatchObject({ outcome: 'unavailable' })
    const late = ask(gate, 'opaque')
    waiting.release()
    expect(await late).toMatchObject(allowed)
    expect(issuer.introspection.count()).toBe(1)
  })
})

describe('how long an answer is cached', () => {
  it('RFC7662-4: for introspectionMaxAge, then it is asked for again', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.introspectingGate({ cache: { introspectionMaxAge: 12 } })
    for (const seconds of [0, 6, 5.9]) {
      issuer.clock.advance(seconds)
      expect(await ask(gate, 'opaque')).toMatchObject(allowed)
      expect(issuer.introspection.count()).toBe(1)
    }
    issuer.clock.advance(0.2)
    issuer.introspection.answers(inactive())
    expect(await ask(gate, 'opaque')).toMatchObject(refused('token_inactive'))
  })

  it('RFC7662-4: never past exp', async ({ issuer }) => {
    const exp = issuer.clock.seconds + 10
    issuer.introspection.answers(issuer.active({ exp }))
    const gate = issuer.introspectingGate({
      cache: { introspectionMaxAge: 3600 },
      clockTolerance: 0,
    })
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    issuer.clock.advance(9.999)
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    expect(issuer.introspection.count()).toBe(1)
    issuer.clock.advance(0.001)
    expect(await ask(gate, 'opaque')).toMatchObject(refused('token_expired'))
  })

  it('RFC7662-4: counted from the question, not from a slow answer', async ({ issuer }) => {
    const slow = held(issuer.active())
    issuer.introspection.answers(slow.answer)
    const gate = issuer.introspectingGate({ cache: { introspectionMaxAge: 30 } })
    const first = ask(gate, 'opaque')
    await slow.arrived
    issuer.clock.advance(29)
    slow.release()
    expect(await first).toMatchObject(allowed)
    issuer.introspection.answers(inactive())
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
    issuer.clock.advance(1.1)
    expect(await ask(gate, 'opaque')).toMatchObject(refused('token_inactive'))
  })

  it('S1.4: not at all with `cache: false`', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.introspectingGate({ cache: false })
    for (let count = 1; count <= 3; count += 1) {
      expect(await ask(gate, 'opaque')).toMatchObject(allowed)
      expect(issuer.introspection.count()).toBe(count)
    }
    issuer.introspection.answers(inactive())
    for (let count = 4; count <= 6; count += 1) {
      expect(await ask(gate, 'opaque')).toMatchObject(refused('token_inactive'))
      expect(issuer.introspection.count()).toBe(count)
    }
  })

  it('S1.4: of more than maxEntries the least recently used is forgotten', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.introspectingGate({ cache: { maxEntries: 2 } })
    for (const token of ['a', 'b', 'a', 'c']) await ask(gate, token)
    expect(issuer.introspection.count()).toBe(3)
    for (const token of ['a', 'c']) await ask(gate, token)
    expect(issuer.introspection.count()).toBe(3)
    await ask(gate, 'b')
    expect(issuer.introspection.count()).toBe(4)
  })

  it('CVE-2026-35039: tokens that differ in one character do not share a result', async ({
    issuer,
  }) => {
    const gate = issuer.introspectingGate()
    const long = 'x'.repeat(4000)
    issuer.introspection.answers(issuer.active())
    expect(await ask(gate, `${long}a${long}`)).toMatchObject(allowed)
    issuer.introspection.answers(inactive())
    for (const token of [`${long}b${long}`, `${long}A${long}`, `${long}a${long}=`]) {
      expect(await ask(gate, token)).toMatchObject(refused('token_inactive'))
    }
  })
})

describe('what is checked again at every request', () => {
  it('S1.3 RFC9700-1: scopes, those of the operation too', async ({ issuer }) => {
    const token = await issuer.token({ scope: 'read' })
    const gate = issuer.gate({}, { requiredScopes: ['read'] })
    const request = { method: 'POST', url: '/mcp', headers: { authorization: `Bearer ${token}` } }
    expect(await gate.authenticate(request)).toMatchObject(allowed)
    expect(await gate.authenticate(request, { requiredScopes: ['write'] })).toMatchObject({
      status: 403,
      reason: 'scope_missing',
    })
    expect(await gate.authenticate(request)).toMatchObject(allowed)
    expect(issuer.keys.count()).toBe(1)
  })

  it('S1.3 RFC9700-1: expiry of a JWT, to the millisecond', async ({ issuer }) => {
    const token = await issuer.token({ exp: issuer.clock.seconds + 60 })
    const gate = issuer.gate({}, { clockTolerance: 3 })
    expect(await ask(gate, token)).toMatchObject(allowed)
    issuer.clock.advance(62.999)
    expect(await ask(gate, token)).toMatchObject(allowed)
    issuer.clock.advance(0.001)
    expect(await ask(gate, token)).toMatchObject(refused('token_expired'))
  })

  it('S1.3 RFC9700-1: revocation; a check that fails is 503', async ({ issuer }) => {
    let answer: () => boolean | Promise<boolean> = () => false
    const asked: unknown[] = []
    const gate = issuer.gate(
      {},
      {
        revocation: (token) => {
          asked.push(token.tokenId)
          return answer()
        },
      },
    )
    const token = await issuer.token({ jti: 'id-1' })
    expect(await ask(gate, token)).toMatchObject(allowed)
    answer = async () => true
    expect(await ask(gate, token)).toMatchObject(refused('token_revoked'))
    answer = () => Promise.reject(new Error('the store is down'))
    expect(await ask(gate, token)).toEqual(unavailable('revocation_check_failed'))
    answer = () => false
    expect(await ask(gate, token)).toMatchObject(allowed)
    expect(asked).toEqual(['id-1', 'id-1', 'id-1', 'id-1'])
  })
})

describe('an outage with a warm cache', () => {
  it('RFC7662-3: cached tokens are accepted, others are 503 until it ends', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.introspectingGate()
    expect(await ask(gate, 'warm')).toMatchObject(allowed)
    await issuer.server.stop()
    issuer.clock.advance(29)
    expect(await ask(gate, 'warm')).toMatchObject(allowed)
    expect(await ask(gate, 'cold')).toEqual(unavailable('introspection_unavailable'))
    issuer.clock.advance(1.1)
    expect(await ask(gate, 'warm')).toEqual(unavailable('introspection_unavailable'))
    await issuer.server.start()
    expect(await ask(gate, 'warm')).toMatchObject(allowed)
    expect(await ask(gate, 'cold')).toMatchObject(allowed)
  })
})
