import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ChallengeError,
  createCachedVerifier,
  createTokenExchanger,
  createVerifiedToken,
} from '../../src/index.ts'
import { adapterFor } from '../support/adapter.ts'
import { inactive, json, status } from '../support/issuers/answers.ts'
import { CREDENTIALS, type LocalIssuer, startIssuer } from '../support/issuers/local-issuer.ts'

let issuer: LocalIssuer
beforeEach(async () => {
  issuer = await startIssuer()
})
afterEach(() => issuer[Symbol.asyncDispose]())

const asked = (path = issuer.introspection.path) => issuer.server.count(path)
const show = (token: string, headers = {}) => ({
  method: 'POST',
  url: '/mcp',
  headers: { authorization: `Bearer ${token}`, ...headers },
})

describe('a clock that is set back', () => {
  it.each([1, 10, 3600, 86_400])(
    'RFC7662-4: by %d s: a revoked token does not outlive it',
    async (back) => {
      issuer.introspection.answers(issuer.active())
      const gate = issuer.introspectingGate()
      expect((await gate.authenticate(show('opaque'))).outcome).toBe('allowed')
      issuer.introspection.answers(inactive())
      issuer.clock.advance(-back)
      expect(await gate.authenticate(show('opaque'))).toMatchObject({ reason: 'token_inactive' })
      expect(asked()).toBe(2)
    },
  )

  it('RFC7662-4: "inactive" does not outlive it either', async () => {
    issuer.introspection.answers(inactive())
    const gate = issuer.introspectingGate()
    expect((await gate.authenticate(show('opaque'))).outcome).toBe('challenged')
    issuer.clock.advance(-60)
    issuer.introspection.answers(issuer.active({ iat: undefined }))
    expect((await gate.authenticate(show('opaque'))).outcome).toBe('allowed')
  })

  it('RFC7662-4: a JWT that was confirmed is confirmed again', async () => {
    issuer.introspection.answers(issuer.active())
    const gate = issuer.gate({ introspection: CREDENTIALS })
    const token = await issuer.token({ iat: issuer.clock.seconds - 7200 })
    issuer.introspection.answers(json({ active: true }))
    expect((await gate.authenticate(show(token))).outcome).toBe('allowed')
    issuer.introspection.answers(inactive())
    issuer.clock.advance(-3600)
    expect(await gate.authenticate(show(token))).toMatchObject({ reason: 'token_inactive' })
  })

  it.each([
    ['the token is good', true],
    ['the token is inactive', false],
  ])(
    'RFC7662-4: while the question is under way: %s, and no longer than by a sound clock',
    async (_what, good) => {
      let asked = 0
      const claims = { issuer: issuer.issuer, expiresAt: issuer.clock.seconds + 86_400 }
      const verifier = createCachedVerifier(
        {
          verify: async () => {
            asked += 1
            if (asked === 1) issuer.clock.advance(-3600)
            if (good) return createVerifiedToken(claims)
            throw new ChallengeError('token_inactive', 'inactive')
          },
        },
        { clock: issuer.clock, maxAge: 30, negativeMaxAge: 30 },
      )
      const ask = () => verifier.verify('opaque').catch(() => {})
      await ask()
      issuer.clock.advance(29)
      await ask()
      expect(asked).toBe(1)
      issuer.clock.advance(2)
      await ask()
      expect(asked).toBe(2)
    },
  )

  const exchange = () => ({
    exchanger: createTokenExchanger({
      issuer: issuer.issuer,
      endpoint: `${issuer.server.origin}/token`,
      ...CREDENTIALS,
      clock: issuer.clock,
    }),
    subject: { token: 'opaque', expiresAt: issuer.clock.seconds + 600 },
  })

  it('S2: an exchanged token is exchanged again', async () => {
    issuer.server.on(
      '/token',
      json({ access_token: 'downstream', token_type: 'Bearer', expires_in: 300 }),
    )
    const { exchanger, subject } = exchange()
    await exchanger.exchange(subject, { audience: 'orders' })
    await exchanger.exchange(subject, { audience: 'orders' })
    expect(asked('/token')).toBe(1)
    issuer.clock.advance(-3600)
    await exchanger.exchange(subject, { audience: 'orders' })
    expect(asked('/token')).toBe(2)
    await exchanger.close()
  })

  it('S2: an exchanged token is not handed out after its end by a sound clock', async () => {
    issuer.server.on('/token', (received, response) => {
      issuer.clock.advance(-3600)
      const answer = { access_token: 'downstream', token_type: 'Bearer', expires_in: 300 }
      return json(answer)(received, response)
    })
    const { exchanger, subject } = exchange()
    const { expiresAt } = await exchanger.exchange(subject, { audience: 'orders' })
    expect(expiresAt).toBe(issuer.clock.seconds + 300)
    issuer.clock.advance(300)
    await exchanger.exchange(subject, { audience: 'orders' })
    expect(asked('/token')).toBe(2)
    await exchanger.close()
  })

  it('RFC7662-3: keys that can no longer be fetched serve for staleIfError from then on', async () => {
    const gate = issuer.gate()
    const token = await issuer.token({ iat: 1, exp: issuer.clock.seconds + 86_400 })
    expect((await gate.authenticate(show(token))).outcome).toBe('allowed')
    issuer.keys.answers(status(500))
    issuer.clock.advance(-86_400)
    const askLater = async (seconds: number) => {
      issuer.clock.advance(seconds)
      const other = await issuer.token({ iat: 1, exp: issuer.clock.seconds + 86_400 })
      return gate.authenticate(show(other))
    }
    expect(await askLater(0)).toMatchObject({ outcome: 'allowed' })
    expect(await askLater(3599)).toMatchObject({ outcome: 'allowed' })
    expect(await askLater(60)).toMatchObject({ reason: 'key_set_unavailable' })
    issuer.publish(issuer.signer.publicKey)
    issuer.clock.advance(60)
    expect((await gate.authenticate(show(token))).outcome).toBe('allowed')
  })

  it('S1.14: a session neither ends by it nor lives longer', async () => {
    const gate = issuer.gate({}, { sessions: { maxIdle: 100 } })
    const token = await issuer.token({ iat: issuer.clock.seconds - 7200 })
    const named = show(token, { 'mcp-session-id': 'session-1' })
    const decision = await gate.authenticate(show(token))
    if (decision.outcome !== 'allowed') throw new Error(decision.reason)
    adapterFor(gate).answered(show(token), decision, { status: 200, sessionId: 'session-1' })
    issuer.clock.advance(-3600)
    expect((await gate.authenticate(named)).outcome).toBe('allowed')
    issuer.clock.advance(99)
    expect((await gate.authenticate(named)).outcome).toBe('allowed')
    issuer.clock.advance(101)
    expect(await gate.authenticate(named)).toMatchObject({ reason: 'session_unknown' })
  })
})
