import { describe, expect, it } from 'vitest'
import type {
  DpopNonceMode,
  DpopNonceOptions,
  DpopOptions,
} from '../../../src/sender-constraint/options.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import { NOW, request, signToken, testResourceServer } from '../../support/tokens.ts'

const key = await makeDpopKey()
const cnf = { jkt: key.thumbprint }
const token = await signToken({ claims: { cnf, exp: NOW + 3000 } })
const LIFETIME = 100

/** A gate whose clock a test moves, and a function that sends a proof with these claims. */
function setUp(dpop: DpopOptions, more: Parameters<typeof testResourceServer>[0] = {}) {
  const clock = createTestClock(NOW * 1000)
  const gate = testResourceServer({ dpop, clock, ...more })
  const send = async (claims: Record<string, unknown> = {}) => {
    const proof = await signProof(key, { token, claims: { iat: clock.seconds, ...claims } })
    return gate.authenticate(dpopRequest(token, proof))
  }
  return { clock, gate, send }
}

const withNonces = (nonce: DpopNonceOptions) => setUp({ nonce: { lifetime: LIFETIME, ...nonce } })

const nonceOf = ({ headers }: { headers: Readonly<Record<string, string>> }) =>
  headers['DPoP-Nonce']

describe('`iat` of a proof', () => {
  it.each([
    [-300, 'allowed', undefined],
    [300, 'allowed', undefined],
    [-301, 'challenged', 'dpop_proof_expired'],
    [301, 'challenged', 'dpop_proof_issued_in_future'],
    [-300.5, 'challenged', 'dpop_proof_expired'],
    [1e300, 'challenged', 'dpop_proof_issued_in_future'],
    [-1e300, 'challenged', 'dpop_proof_expired'],
  ])('RFC9449-1: that is %d s away: %s', async (seconds, outcome, reason) => {
    const { send } = setUp({ maxClockDifference: 300 })
    const decision = await send({ iat: NOW + seconds })
    expect(decision.outcome).toBe(outcome)
    if (reason !== undefined) {
      expect(decision).toMatchObject({ reason, body: { error: 'invalid_dpop_proof' } })
    }
  })

  it('RFC9449-1: the limit is an option, and the operator reads both numbers', async () => {
    const { send } = setUp({ maxClockDifference: 10 })
    expect(await send({ iat: NOW - 10 })).toMatchObject({ outcome: 'allowed' })
    expect(await send({ iat: NOW - 400 })).toMatchObject({
      detail:
        'the DPoP proof: "iat" is 400 s before this server\'s time; at most 10 s are accepted. Check the clocks of the client and of this server',
    })
    expect(await send({ iat: NOW + 11 })).toMatchObject({
      detail: expect.stringContaining('"iat" is 11 s after this server\'s time; at most 10 s'),
    })
  })

  it('RFC9449-1: is judged before the signature, which costs more', async () => {
    const { gate } = setUp({ maxClockDifference: 10 })
    const proof = await signProof(key, { token, claims: { iat: NOW - 11 } })
    const decision = await gate.authenticate(dpopRequest(token, `${proof.slice(0, -8)}AAAAAAAA`))
    expect(decision).toMatchObject({ reason: 'dpop_proof_expired' })
  })
})

describe('nonces that are required', () => {
  it('RFC9449-3: every challenge gives the nonce, also before the first proof', async () => {
    const { gate, send } = withNonces({ mode: 'required' })
    const first = await gate.authenticate(request())
    expect(first).toMatchObject({ status: 401, reason: 'credentials_missing' })
    const nonce = nonceOf(first)
    expect(nonce).toMatch(/^[\w-]{43}$/)
    expect(first.headers['Access-Control-Expose-Headers']).toContain('DPoP-Nonce')
    expect(await send({ nonce })).toMatchObject({ outcome: 'allowed' })
  })

  it('RFC9449-3: a proof without one, and one with a wrong one, is asked for it', async () => {
    const { send } = withNonces({ mode: 'required' })
    for (const [claims, reason] of [
      [{}, 'dpop_nonce_missing'],
      [{ nonce: 'wrong' }, 'dpop_nonce_invalid'],
      [{ nonce: 'a'.repeat(3000) }, 'dpop_nonce_invalid'],
      [{ nonce: '' }, 'dpop_nonce_invalid'],
    ] as const) {
      const decision = await send(claims)
      expect(decision).toMatchObject({ status: 401, reason, body: { error: 'use_dpop_nonce' } })
      expect(decision.headers['WWW-Authenticate']).toContain('DPoP error="use_dpop_nonce"')
      expect(await send({ nonce: nonceOf(decision) })).toMatchObject({ outcome: 'allowed' })
    }
  })

  it('RFC9449-3: a good answer gives the next nonce before the old one ends', async () => {
    const { clock, send } = withNonces({ mode: 'required' })
    const nonce = nonceOf(await send())
    const early = await send({ nonce })
    expect(nonceOf(early)).toBeUndefined()
    clock.advance(LIFETIME)
    const late = await send({ nonce })
    expect(late).toMatchObject({ outcome: 'allowed' })
    const next = nonceOf(late)
    expect(next).not.toBe(nonce)
    expect(late.headers['Access-Control-Expose-Headers'] ?? 'DPoP-Nonce').toContain('DPoP-Nonce')
    clock.advance(LIFETIME)
    expect(await send({ nonce })).toMatchObject({ reason: 'dpop_nonce_invalid' })
    expect(await send({ nonce: next })).toMatchObject({ outcome: 'allowed' })
  })

  it('RFC9449-1: do not replace `iat`', async () => {
    const { clock, send } = withNonces({ mode: 'required' })
    const nonce = nonceOf(await send())
    expect(await send({ nonce, iat: clock.seconds - 301 })).toMatchObject({
      reason: 'dpop_proof_expired',
    })
    expect(await send({ nonce, iat: clock.seconds + 301 })).toMatchObject({
      reason: 'dpop_proof_issued_in_future',
    })
  })
})

describe('nonces when asked', () => {
  it('RFC9449-3: are not asked for while the client has a good clock', async () => {
    const { gate, send } = withNonces({ mode: 'when-asked' })
    expect(nonceOf(await gate.authenticate(request()))).toBeUndefined()
    const decision = await send()
    expect(decision).toMatchObject({ outcome: 'allowed' })
    expect(nonceOf(decision)).toBeUndefined()
  })

  it.each([-100_000, 100_000, 1e300])(
    'RFC9449-3: let a client call whose clock is off by %d s',
    async (seconds) => {
      const { send } = withNonces({ mode: 'when-asked' })
      const asked = await send({ iat: NOW + seconds })
      expect(asked).toMatchObject({
        reason: 'dpop_nonce_missing',
        body: { error: 'use_dpop_nonce' },
      })
      const nonce = nonceOf(asked)
      expect(await send({ iat: NOW + seconds, nonce })).toMatchObject({ outcome: 'allowed' })
    },
  )

  it('RFC9449-1: must be good even if `iat` is', async () => {
    const { send } = withNonces({ mode: 'when-asked' })
    expect(await send({ nonce: 'wrong' })).toMatchObject({ reason: 'dpop_nonce_invalid' })
  })

  it('RFC9449-6: a proof with one is remembered until the nonce ends', async () => {
    const { clock, gate, send } = withNonces({ mode: 'when-asked' })
    const nonce = nonceOf(await send({ iat: 5 })) ?? ''
    const proof = await signProof(key, { token, claims: { iat: 5, nonce } })
    const again = () => gate.authenticate(dpopRequest(token, proof))
    expect(await again()).toMatchObject({ outcome: 'allowed' })
    for (let second = 0; second < 3 * LIFETIME; second += 7) {
      expect(await again()).toMatchObject({ status: 401 })
      clock.advance(7)
    }
    expect(await again()).toMatchObject({ reason: 'dpop_nonce_invalid' })
  })
})

describe('nonces that are off', () => {
  it('are not given, and a nonce in a proof is ignored', async () => {
    const { gate, send } = setUp({ nonce: 'off' })
    expect(nonceOf(await gate.authenticate(request()))).toBeUndefined()
    const decision = await send({ nonce: 'of another server' })
    expect(decision).toMatchObject({ outcome: 'allowed' })
    expect(nonceOf(decision)).toBeUndefined()
  })
})

describe('a proof that ends while it is checked', () => {
  it.each<[DpopNonceMode, number, string]>([
    ['off', 300, 'dpop_proof_expired'],
    ['required', 2 * LIFETIME, 'dpop_nonce_invalid'],
    ['when-asked', 2 * LIFETIME, 'dpop_nonce_invalid'],
  ])(
    'RFC9449-6: is refused, because a shared store has forgotten it: nonces %s',
    async (...row) => {
      const [mode, life, reason] = row
      const ends = new Map<string, number>()
      // Each call takes a second. As in Redis, an id disappears at its end.
      const remember = async (id: string, until: number): Promise<boolean> => {
        clock.advance(1)
        const isNew = (ends.get(id) ?? 0) < clock()
        ends.set(id, until)
        return isNew
      }
      const nonceOption = { mode, ...(mode !== 'off' && { lifetime: LIFETIME }) }
      const { clock, gate, send } = setUp({ nonce: nonceOption, replayStore: { remember } })
      const nonce = mode === 'off' ? undefined : nonceOf(await send({ iat: 5 }))
      const proof = await signProof(key, { token, claims: { nonce } })
      expect(await gate.authenticate(dpopRequest(token, proof))).toMatchObject({
        outcome: 'allowed',
      })
      clock.advance(life - 1.5)
      const again = await gate.authenticate(dpopRequest(token, proof))
      expect(again).toMatchObject({ status: 401, reason })
    },
  )
})

describe('several instances', () => {
  const secrets = ['s'.repeat(32)]

  it('RFC9449-3: with the same secrets accept the nonces of each other', async () => {
    const [first, second] = [1, 2].map(() => withNonces({ mode: 'required', secrets }))
    const nonce = nonceOf((await first?.send()) ?? { headers: {} })
    expect(await second?.send({ nonce })).toMatchObject({ outcome: 'allowed' })
  })

  it('RFC9449-3: of other resources, or with other secrets, refuse them', async () => {
    const nonce = nonceOf(await withNonces({ mode: 'required', secrets }).send())
    const other = withNonces({ mode: 'required', secrets: ['t'.repeat(32)] })
    expect(await other.send({ nonce })).toMatchObject({ reason: 'dpop_nonce_invalid' })
    const resource = 'https://mcp.example.com/other'
    const elsewhere = testResourceServer({
      dpop: { nonce: { mode: 'required', secrets, lifetime: LIFETIME } },
      resource,
      additionalAudiences: ['https://mcp.example.com/mcp'],
    })
    const proof = await signProof(key, { token, url: resource, claims: { nonce } })
    expect(
      await elsewhere.authenticate(dpopRequest(token, proof, { url: '/other' })),
    ).toMatchObject({ reason: 'dpop_nonce_invalid' })
  })
})
