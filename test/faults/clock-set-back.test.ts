import { onTestFinished } from 'vitest'
import {
  ChallengeError,
  createCachedVerifier,
  createTokenExchanger,
  createVerifiedToken,
} from '../../src/index.ts'
import { createTestClock } from '../../src/testing/test-clock.ts'
import { adapterFor } from '../support/adapter.ts'
import { allowed, ask, refused } from '../support/decisions.ts'
import { inactive, json, status } from '../support/issuers/answers.ts'
import { describe, expect, it } from '../support/issuers/it.ts'
import { CREDENTIALS, type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'

describe('a clock that is set back', () => {
  it.each([1, 10, 3600, 86_400])(
    'RFC7662-4: by %d s: a cached token is asked about again, and refused if it was revoked',
    async (back) => {
      await using issuer = await startIssuer()
      issuer.introspection.answers(issuer.active())
      const gate = issuer.introspectingGate()
      expect(await ask(gate, 'opaque')).toMatchObject(allowed)
      issuer.introspection.answers(inactive())
      issuer.clock.advance(-back)
      expect(await ask(gate, 'opaque')).toMatchObject(refused('token_inactive'))
      expect(issuer.introspection.count()).toBe(2)
    },
  )

  it('RFC7662-4: a cached "inactive" is asked about again', async ({ issuer }) => {
    issuer.introspection.answers(inactive())
    const gate = issuer.introspectingGate()
    expect(await ask(gate, 'opaque')).toMatchObject(refused('token_inactive'))
    issuer.clock.advance(-60)
    issuer.introspection.answers(issuer.active({ iat: undefined }))
    expect(await ask(gate, 'opaque')).toMatchObject(allowed)
  })

  it('RFC7662-4: a JWT that was confirmed is confirmed again', async ({ issuer }) => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.gate({ introspection: CREDENTIALS })
    const token = await issuer.token({ iat: issuer.clock.seconds - 7200 })
    issuer.introspection.answers(json({ active: true }))
    expect(await ask(gate, token)).toMatchObject(allowed)
    issuer.introspection.answers(inactive())
    issuer.clock.advance(-3600)
    expect(await ask(gate, token)).toMatchObject(refused('token_inactive'))
  })

  it.each([
    ['the token is good', true],
    ['the token is inactive', false],
  ])(
    'RFC7662-4: during a call: %s, and the result is cached for maxAge as always',
    async (_what, good) => {
      let asked = 0
      const clock = createTestClock()
      const claims = { issuer: 'https://sso.example.com', expiresAt: clock.seconds + 86_400 }
      const verifier = createCachedVerifier(
        {
          verify: async () => {
            asked += 1
            if (asked === 1) clock.advance(-3600)
            if (good) return createVerifiedToken(claims)
            throw new ChallengeError('token_inactive', 'inactive')
          },
        },
        { clock, maxAge: 30, negativeMaxAge: 30 },
      )
      const verify = () => verifier.verify('opaque').catch(() => {})
      await verify()
      clock.advance(29)
      await verify()
      expect(asked).toBe(1)
      clock.advance(2)
      await verify()
      expect(asked).toBe(2)
    },
  )

  const exchange = (issuer: LocalIssuer) => {
    const exchanger = createTokenExchanger({
      issuer: issuer.issuer,
      endpoint: `${issuer.server.origin}/token`,
      ...CREDENTIALS,
      clock: issuer.clock,
    })
    onTestFinished(() => exchanger.close())
    const subject = { token: 'opaque', expiresAt: issuer.clock.seconds + 600 }
    return () => exchanger.exchange(subject, { audience: 'orders' })
  }
  const downstream = json({ access_token: 'downstream', token_type: 'Bearer', expires_in: 300 })

  it('S2: an exchanged token is exchanged again', async ({ issuer }) => {
    issuer.server.on('/token', downstream)
    const exchanged = exchange(issuer)
    await exchanged()
    await exchanged()
    expect(issuer.server.count('/token')).toBe(1)
    issuer.clock.advance(-3600)
    await exchanged()
    expect(issuer.server.count('/token')).toBe(2)
  })

  it('S2: a token of an exchange during which the clock is set back is used for its lifetime', async ({
    issuer,
  }) => {
    issuer.server.on('/token', (received, response) => {
      issuer.clock.advance(-3600)
      return downstream(received, response)
    })
    const exchanged = exchange(issuer)
    expect((await exchanged()).expiresAt).toBe(issuer.clock.seconds + 300)
    issuer.clock.advance(300)
    await exchanged()
    expect(issuer.server.count('/token')).toBe(2)
  })

  it('RFC7662-3: keys that can no longer be fetched serve for staleIfError from then on', async ({
    issuer,
  }) => {
    const gate = issuer.gate()
    const token = await issuer.token({ iat: 1, exp: issuer.clock.seconds + 86_400 })
    expect(await ask(gate, token)).toMatchObject(allowed)
    issuer.keys.answers(status(500))
    issuer.clock.advance(-86_400)
    const askLater = async (seconds: number) => {
      issuer.clock.advance(seconds)
      const other = await issuer.token({ iat: 1, exp: issuer.clock.seconds + 86_400 })
      return ask(gate, other)
    }
    expect(await askLater(0)).toMatchObject(allowed)
    expect(await askLater(3599)).toMatchObject(allowed)
    expect(await askLater(60)).toMatchObject({ reason: 'key_set_unavailable' })
    issuer.publish(issuer.signer.publicKey)
    issuer.clock.advance(60)
    expect(await ask(gate, token)).toMatchObject(allowed)
  })

  it('S1.14: a session does not end early, and does not live longer', async ({ issuer }) => {
    const gate = issuer.gate({}, { sessions: { maxIdle: 100 } })
    const token = await issuer.token({ iat: issuer.clock.seconds - 7200 })
    const authorization = `Bearer ${token}`
    const request = { method: 'POST', url: '/mcp', headers: { authorization } }
    const headers = { authorization, 'mcp-session-id': 'session-1' }
    const inSession = () => gate.authenticate({ ...request, headers })
    const decision = await gate.authenticate(request)
    if (decision.outcome !== 'allowed') throw new Error(decision.reason)
    adapterFor(gate).answered(request, decision, { status: 200, sessionId: 'session-1' })
    issuer.clock.advance(-3600)
    expect(await inSession()).toMatchObject(allowed)
    issuer.clock.advance(99)
    expect(await inSession()).toMatchObject(allowed)
    issuer.clock.advance(101)
    expect(await inSession()).toMatchObject({ reason: 'session_unknown' })
  })
})
