import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ReplayStore } from '../../../src/storage/replay-store.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { dpopRequest, makeDpopKey, signProof } from '../../support/dpop.ts'
import { listenToDecisions } from '../../support/events.ts'
import {
  NOW,
  type Overrides,
  request,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const key = await makeDpopKey()
const cnf = { jkt: key.thumbprint }
const token = await signToken({ claims: { cnf } })

const server = (dpop: NonNullable<Overrides['dpop']>) => testResourceServer({ dpop })
const withStore = (remember: unknown) =>
  server({ replayStore: { remember } as unknown as ReplayStore })

const failed = {
  outcome: 'unavailable',
  status: 503,
  reason: 'replay_store_failed',
  headers: { 'Retry-After': expect.stringMatching(/^[1-9]\d*$/) },
  body: { error: 'temporarily_unavailable' },
}
const replayed = { outcome: 'challenged', status: 401, reason: 'dpop_proof_replayed' }
const allowed = { outcome: 'allowed' }

const warnings = collectWarnings()

afterEach(() => void vi.useRealTimers())

describe('a used proof', () => {
  it('RFC9449-6: is accepted once if it is sent many times at the same time', async () => {
    const gate = server('accepted')
    const used = dpopRequest(token, await signProof(key, { token }))
    const decisions = await Promise.all(Array.from({ length: 50 }, () => gate.authenticate(used)))
    expect(decisions.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(1)
    expect(decisions.filter(({ outcome }) => outcome === 'challenged')).toHaveLength(49)
  })

  it.each(['/mcp', '/mcp?a=b', '/%6dcp', '/%6Dcp', '/a/../mcp', 'https://mcp.example.com/mcp'])(
    'RFC9449-6: is refused at another spelling of the URL: %s',
    async (url) => {
      const gate = server('accepted')
      const proof = await signProof(key, { token })
      expect(await gate.authenticate(dpopRequest(token, proof))).toMatchObject(allowed)
      expect(await gate.authenticate(dpopRequest(token, proof, { url }))).not.toMatchObject(allowed)
    },
  )

  it('RFC9449-6: is refused in another text with the same key and `jti`', async () => {
    const gate = server('accepted')
    const first = await signProof(key, { token, claims: { jti: 'same' } })
    const second = await signProof(key, { token, claims: { jti: 'same', extra: 1 } })
    expect(await gate.authenticate(dpopRequest(token, first))).toMatchObject(allowed)
    expect(await gate.authenticate(dpopRequest(token, second))).toMatchObject(replayed)
  })

  it('of another key may have the same `jti`', async () => {
    const gate = server('accepted')
    const other = await makeDpopKey()
    const theirs = await signToken({ claims: { cnf: { jkt: other.thumbprint } } })
    const claims = { jti: 'same' }
    const ours = await signProof(key, { token, claims })
    expect(await gate.authenticate(dpopRequest(token, ours))).toMatchObject(allowed)
    const proof = await signProof(other, { token: theirs, claims })
    expect(await gate.authenticate(dpopRequest(theirs, proof))).toMatchObject(allowed)
  })

  it('RFC9449-6: is used up by a request that fails later, and not by one that fails before', async () => {
    const gate = testResourceServer({ requiredScopes: ['other'] })
    const proof = await signProof(key, { token })
    const used = dpopRequest(token, proof)
    const wrongMethod = { ...used, method: 'GET' }
    expect(await gate.authenticate(wrongMethod)).toMatchObject({
      reason: 'dpop_proof_method_mismatch',
    })
    expect(await gate.authenticate(used)).toMatchObject({ status: 403, reason: 'scope_missing' })
    expect(await gate.authenticate(used)).toMatchObject(replayed)
  })
})

describe('the memory of used proofs', () => {
  const fill = async (gate: ReturnType<typeof server>, count: number, of = token) => {
    for (let at = 0; at < count; at += 1) {
      const proof = await signProof(key, { token: of })
      expect(await gate.authenticate(dpopRequest(of, proof))).toMatchObject(allowed)
    }
  }

  it('RFC9449-6: answers 503 with Retry-After when it is full, and warns once', async () => {
    const gate = server({ maxProofs: 10, maxProofsPerSubject: 10 })
    await fill(gate, 10)
    using listening = listenToDecisions()
    for (let at = 0; at < 3; at += 1) {
      const next = dpopRequest(token, await signProof(key, { token }))
      expect(await gate.authenticate(next)).toMatchObject({
        ...failed,
        headers: { 'Retry-After': expect.stringMatching(/^3[0-6]\d$/) },
      })
    }
    expect(listening.events).toHaveLength(3)
    expect(listening.events[0]).toMatchObject({
      reason: 'replay_store_failed',
      detail: expect.stringContaining('option `dpop.maxProofs'),
    })
    expect(warnings).toEqual([
      [expect.stringContaining('answered with 503 until this ends'), 'MCP_REPLAY_STORE_FAILED'],
    ])
    // Bearer tokens need no proof.
    const unbound = await signToken()
    expect(await gate.authenticate(request(`Bearer ${unbound}`))).toMatchObject(allowed)
  })

  it('RFC9449-6: has a share for each subject, through all its clients', async () => {
    const gate = server({ maxProofs: 10, maxProofsPerSubject: 2 })
    const secondClient = await signToken({ claims: { cnf, client_id: 'another' } })
    await fill(gate, 1)
    await fill(gate, 1, secondClient)
    const next = dpopRequest(token, await signProof(key, { token }))
    expect(await gate.authenticate(next)).toMatchObject({
      ...failed,
      detail: expect.stringContaining('option `dpop.maxProofsPerSubject`). Other owners'),
    })
    await fill(gate, 2, await signToken({ claims: { cnf, sub: 'bob' } }))
    await fill(gate, 2, await signToken({ claims: { cnf, sub: 'carol' } }))
  })

  it('RFC9449-6: that is full names the option for all subjects together', async () => {
    const gate = server({ maxProofs: 10, maxProofsPerSubject: 5 })
    await fill(gate, 5)
    await fill(gate, 5, await signToken({ claims: { cnf, sub: 'bob' } }))
    const third = await signToken({ claims: { cnf, sub: 'carol' } })
    const next = dpopRequest(third, await signProof(key, { token: third }))
    expect(await gate.authenticate(next)).toMatchObject({
      ...failed,
      detail: 'the memory is full: it holds 10 ids; the limit is 10 (option `dpop.maxProofs`)',
    })
  })

  it('RFC9449-6: has room again when `iat` ends its proofs, also if their nonces live longer', async () => {
    const clock = createTestClock(NOW * 1000)
    const nonce = { mode: 'required', lifetime: 3600 } as const
    const gate = testResourceServer({
      dpop: { maxProofs: 10, maxProofsPerSubject: 1, nonce },
      clock,
    })
    const long = await signToken({ claims: { cnf, exp: NOW + 3000 } })
    const { headers } = await gate.authenticate(request())
    const claims = { iat: NOW + 300, nonce: headers['DPoP-Nonce'] }
    const send = async () =>
      gate.authenticate(dpopRequest(long, await signProof(key, { token: long, claims })))
    expect(await send()).toMatchObject(allowed)
    expect(await send()).toMatchObject(failed)
    clock.advance(661)
    claims.iat = clock.seconds
    expect(await send()).toMatchObject(allowed)
  })
})

describe('a store of the user', () => {
  it('RFC9449-6: that two instances share refuses at one what was used at the other', async () => {
    const ids = new Set<string>()
    const remember = (id: string) => !ids.has(id) && ids.add(id) === ids
    const [first, second] = [withStore(remember), withStore(remember)]
    const used = dpopRequest(token, await signProof(key, { token }))
    expect(await first.authenticate(used)).toMatchObject(allowed)
    expect(await second.authenticate(used)).toMatchObject(replayed)
    expect(await first.authenticate(used)).toMatchObject(replayed)
  })

  it('S1.4: gets digests, and the instant at which the proof ends', async () => {
    const remember = vi.fn(() => true)
    const used = dpopRequest(token, await signProof(key, { token, claims: { iat: 3_999_999_900 } }))
    await withStore(remember).authenticate(used)
    const digest = expect.stringMatching(/^[\w-]{43}$/)
    expect(remember.mock.calls).toEqual([[digest, 4_000_000_200_000, digest]])
  })

  it('may have methods that use `this`, and return a promise of any library', async () => {
    class Store implements ReplayStore {
      readonly #ids = new Set<string>()
      remember(id: string): Promise<boolean> {
        const isNew = !this.#ids.has(id)
        this.#ids.add(id)
        // biome-ignore lint/suspicious/noThenProperty: a promise of another library
        return { then: (resolve: (is: boolean) => void) => resolve(isNew) } as Promise<boolean>
      }
    }
    const gate = server({ replayStore: new Store() })
    const used = dpopRequest(token, await signProof(key, { token }))
    expect(await gate.authenticate(used)).toMatchObject(allowed)
    expect(await gate.authenticate(used)).toMatchObject(replayed)
  })

  it.each<[string, (id: string) => unknown]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ['1', () => 1],
    ['"true"', () => 'true'],
    ['an object', () => ({})],
    ['a promise of nothing', () => Promise.resolve()],
    ['a promise of "OK"', () => Promise.resolve('OK')],
    ['a function', () => () => true],
    [
      'a thenable that throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is the case
        then() {
          throw new Error('redis://user:passw0rd@host')
        },
      }),
    ],
    [
      'a thenable that cannot be read',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is the case
        get then() {
          throw new Error('redis://user:passw0rd@host')
        },
      }),
    ],
    [
      'an error',
      () => {
        throw new Error('redis://user:passw0rd@host')
      },
    ],
    ['a rejection', () => Promise.reject(new Error('redis://user:passw0rd@host'))],
    ['a rejection with nothing', () => Promise.reject()],
  ])('RFC9449-6: that gives %s is a 503', async (_what, remember) => {
    const used = dpopRequest(token, await signProof(key, { token }))
    const decision = await withStore(remember).authenticate(used)
    expect(decision).toMatchObject(failed)
    expect(JSON.stringify([decision, warnings])).not.toContain('passw0rd')
    expect(warnings).toHaveLength(1)
  })

  it('RFC9449-6: that never answers is a 503 after 10 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const never = withStore(() => new Promise(() => {}))
    const decision = never.authenticate(dpopRequest(token, await signProof(key, { token })))
    while (vi.getTimerCount() === 0) await new Promise((next) => setImmediate(next))
    await vi.advanceTimersByTimeAsync(9_999)
    expect(warnings).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await decision).toMatchObject({
      ...failed,
      detail: 'the replay store took more than 10000 ms',
    })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that answers leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const gate = withStore(() => Promise.resolve(true))
    const used = dpopRequest(token, await signProof(key, { token }))
    expect(await gate.authenticate(used)).toMatchObject(allowed)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is left when the caller leaves', async () => {
    const leaving = new AbortController()
    const gate = withStore(() => {
      leaving.abort()
      return new Promise(() => {})
    })
    const { signal } = leaving
    const used = dpopRequest(token, await signProof(key, { token }), { signal })
    expect(await gate.authenticate(used)).toMatchObject({ reason: 'request_aborted' })
  })

  it('is not asked about a proof that is refused anyway', async () => {
    const remember = vi.fn(() => true)
    const other = await makeDpopKey()
    const refused = await withStore(remember).authenticate(
      dpopRequest(token, await signProof(other, { token })),
    )
    expect(refused).toMatchObject({ reason: 'dpop_key_mismatch' })
    expect(remember).not.toHaveBeenCalled()
  })
})
