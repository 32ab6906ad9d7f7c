import { beforeAll, describe, expect, it } from 'vitest'
import type { Decision, ResourceRequest } from '../../../src/index.ts'
import type { DpopMode } from '../../../src/sender-constraint/options.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { challengesOf } from '../../support/challenges.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import {
  answerOf,
  bearer,
  METADATA_URL,
  NOW,
  type Overrides,
  request,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const key = await makeDpopKey()
const cnf = { jkt: key.thumbprint }
const token = await signToken({ claims: { cnf } })
const good = await signToken()
const scopeless = await signToken({ claims: { cnf, scope: 'x' } })

type Expected = Parameters<typeof challengesOf>[0]

const challengeOf = (expected: Omit<Expected, 'metadataUrl'>): string =>
  challengesOf({ scope: 'mcp:tools', metadataUrl: METADATA_URL, ...expected })

const nonceIn = ({ headers }: Decision): string => String(headers['DPoP-Nonce'])

describe('the challenge of each mode', () => {
  const PROOFLESS = dpopRequest(token, undefined)
  const BOTH = ['Bearer', 'DPoP'] as const

  it.each<[DpopMode, string, ResourceRequest, number, string, Omit<Expected, 'metadataUrl'>]>([
    ['accepted', 'nothing', request(), 401, 'credentials_missing', { offered: BOTH }],
    ['required', 'nothing', request(), 401, 'credentials_missing', { offered: ['DPoP'] }],
    ['off', 'nothing', request(), 401, 'credentials_missing', { offered: ['Bearer'] }],
    ['required', 'a bearer token', bearer(good), 401, 'dpop_required', { offered: ['DPoP'] }],
    ['required', 'Basic', request('Basic dTpw'), 401, 'scheme_unsupported', { offered: ['DPoP'] }],
    ['off', 'DPoP', PROOFLESS, 401, 'scheme_unsupported', { offered: ['Bearer'] }],
    [
      'accepted',
      'DPoP without a proof',
      PROOFLESS,
      401,
      'dpop_proof_missing',
      { error: 'invalid_dpop_proof', used: 'DPoP' },
    ],
    [
      'required',
      'DPoP without a proof',
      PROOFLESS,
      401,
      'dpop_proof_missing',
      { error: 'invalid_dpop_proof', used: 'DPoP', offered: ['DPoP'] },
    ],
    [
      'accepted',
      'a malformed DPoP header',
      request('dpop a b'),
      400,
      'authorization_malformed',
      { error: 'invalid_request', used: 'DPoP' },
    ],
    [
      'accepted',
      'DPoP without a token',
      request('DPoP '),
      400,
      'authorization_malformed',
      { error: 'invalid_request', used: 'DPoP' },
    ],
    [
      'accepted',
      'two schemes in two fields',
      request([`DPoP ${token}`, `Bearer ${good}`]),
      400,
      'authorization_repeated',
      { error: 'invalid_request', used: 'Bearer' },
    ],
    [
      'accepted',
      'two schemes in one field',
      request(`DPoP ${token}, Bearer ${good}`),
      400,
      'authorization_malformed',
      { error: 'invalid_request', used: 'DPoP' },
    ],
  ])('RFC9449-3 RFC9449-4: %s, with %s', async (dpop, _what, asked, status, reason, expected) => {
    const decision = await testResourceServer({ dpop }).authenticate(asked)
    expect(answerOf(decision)).toEqual({ status, reason, challenge: challengeOf(expected) })
  })

  it('RFC9449-3: the body says that a bound token is needed, and names no error', async () => {
    const decision = await testResourceServer({ dpop: 'required' }).authenticate(bearer(good))
    expect('body' in decision && decision.body).toEqual({
      error_description: 'An access token that is bound to a DPoP key is needed.',
      correlation_id: expect.any(String),
    })
  })

  it('RFC9449-3: names the configured algorithms', async () => {
    const server = testResourceServer({ dpop: { algorithms: ['ES256', 'PS256'] } })
    const { challenge } = answerOf(await server.authenticate(request()))
    expect(challenge).toMatch(/, DPoP .*, algs="ES256 PS256"$/)
  })
})

describe('a nonce', () => {
  const clock = createTestClock(NOW * 1000)
  const LIFETIME = 100
  const options: Overrides = {
    clock,
    dpop: { nonce: { mode: 'required', lifetime: LIFETIME } },
    policy: { tools: { read: 'allow', closed: 'deny' } },
    allowedOrigins: ['https://app.example.com'],
  }
  const server = testResourceServer(options)
  let nonce: string
  beforeAll(async () => {
    nonce = nonceIn(await server.authenticate(request()))
    // The next slot: the nonce is still good, but a new one is due.
    clock.advance(LIFETIME)
  })

  const ask = async (
    shown: string,
    more: Partial<ResourceRequest>,
    headers: Record<string, string> = {},
  ) => {
    const proof = await signProof(key, {
      token: shown,
      claims: { nonce, iat: clock.seconds },
    })
    const fields = { authorization: `DPoP ${shown}`, dpop: proof, ...headers }
    return server.authenticate({
      method: 'POST',
      url: '/mcp',
      headers: fields,
      message: toolCall('read'),
      ...more,
    })
  }

  it('RFC9449-3: that is about to end is replaced on a good answer', async () => {
    const decision = await ask(token, {})
    expect(decision.outcome).toBe('allowed')
    expect(nonceIn(decision)).not.toBe(nonce)
    expect(nonceIn(decision)).not.toBe('undefined')
  })

  it.each([
    ['403 for a scope', scopeless, {}, {}, 403],
    ['403 without a challenge', token, { message: toolCall('closed') }, {}, 403],
    ['404 for a session', token, {}, { 'mcp-session-id': 'unknown' }, 404],
    ['415 for a body', token, {}, { 'content-type': 'text/plain' }, 415],
  ] as const)(
    'RFC9449-3 RFC9728-6: is replaced on %s, and a page may read it',
    async (_what, shown, more, headers, status) => {
      const bytes = { message: async () => new TextEncoder().encode('{}') }
      const sent = status === 415 ? bytes : more
      const origin = 'https://app.example.com'
      const decision = await ask(shown, sent, { ...headers, origin })
      expect(decision).toMatchObject({ status })
      expect(nonceIn(decision)).not.toBe(nonce)
      expect(nonceIn(decision)).not.toBe('undefined')
      expect(decision.headers['Access-Control-Expose-Headers']).toContain('DPoP-Nonce')
      expect(decision.headers['Access-Control-Allow-Origin']).toBe(origin)
    },
  )

  it('RFC9449-3: is not given where DPoP is off', async () => {
    const asking = testResourceServer({ dpop: { nonce: 'required' } })
    const decision = await asking.authenticate(request(), { dpop: 'off' })
    expect(decision).toMatchObject({ status: 401 })
    expect(decision.headers).not.toHaveProperty('DPoP-Nonce')
  })
})

describe('a request that passes two guards', () => {
  const original = {}

  it('RFC9449-6: needs one proof, for the same request of the framework alone', async () => {
    const server = testResourceServer()
    const proof = await signProof(key, { token })
    const asked = dpopRequest(token, proof, { original })
    const decisions = [
      await server.authenticate(asked),
      await server.authenticate({ ...asked }, { requiredScopes: ['mcp:tools'] }),
      await server.authenticate({ ...asked, original: {} }),
      await server.authenticate({ ...asked, original: undefined }),
    ]
    expect(decisions.map((decision) => answerOf(decision).reason)).toEqual([
      undefined,
      undefined,
      'dpop_proof_replayed',
      'dpop_proof_replayed',
    ])
    expect(decisions[1]).toMatchObject({ outcome: 'allowed', possession: ['dpop'] })
  })

  it.each([
    ['another method', { method: 'GET' }, 'dpop_proof_method_mismatch'],
    ['another path', { url: '/other' }, 'dpop_proof_url_mismatch'],
  ])('RFC9449-1: is checked again when the first guard saw %s', async (_what, change, reason) => {
    const server = testResourceServer()
    const asked = dpopRequest(token, await signProof(key, { token }), { original: {} })
    expect((await server.authenticate(asked)).outcome).toBe('allowed')
    expect(await server.authenticate({ ...asked, ...change })).toMatchObject({ reason })
  })

  it('RFC9449-1: is checked again with another token, and with another proof', async () => {
    const server = testResourceServer()
    const first = dpopRequest(token, await signProof(key, { token }), { original: {} })
    expect((await server.authenticate(first)).outcome).toBe('allowed')
    const headers = { ...first.headers, authorization: `DPoP ${scopeless}` }
    expect(await server.authenticate({ ...first, headers })).toMatchObject({
      reason: 'dpop_proof_token_mismatch',
    })
    const forged = { ...first.headers, dpop: 'garbage' }
    expect(await server.authenticate({ ...first, headers: forged })).toMatchObject({
      reason: 'dpop_proof_malformed',
    })
  })

  it('RFC9449-6: a refused proof is not remembered as good', async () => {
    const server = testResourceServer()
    const proof = await signProof(key, { token, method: 'GET' })
    const asked = dpopRequest(token, proof, { original: {} })
    for (let guard = 0; guard < 2; guard += 1) {
      expect(await server.authenticate(asked)).toMatchObject({
        reason: 'dpop_proof_method_mismatch',
      })
    }
  })
})

describe('verify(), which gets no request', () => {
  const refusalOf = async (server: ReturnType<typeof testResourceServer>, text: string) =>
    server.verify(text).catch((error: unknown) => error)

  it('RFC9449-2: refuses a bound token, and names the gate', async () => {
    expect(await refusalOf(testResourceServer(), token)).toMatchObject({
      reason: 'sender_constraint_unmet',
      message: expect.stringContaining('use a gate, such as expressGate'),
    })
  })

  it('RFC9449-2: refuses every token where DPoP is required', async () => {
    const server = testResourceServer({ dpop: 'required' })
    for (const text of [token, good]) {
      expect(await refusalOf(server, text)).toMatchObject({
        reason: 'dpop_required',
        status: 401,
        message: expect.stringContaining('use a gate, such as expressGate'),
      })
    }
  })
})
