import { afterEach, describe, expect, it, vi } from 'vitest'
import { StoreError } from '../../../src/errors/store-error.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import { UsedProofs } from '../../../src/sender-constraint/used-proofs.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { throwing } from '../../support/throwing.ts'
import { VERIFIED } from '../../support/tokens.ts'

afterEach(() => vi.restoreAllMocks())

class FullError extends StoreError {
  override readonly name = 'FullError'
}

const PROOF = { jti: 'proof-1', thumbprint: 'key-1', until: 5 }

/** What a store is given for this proof and token. */
function given(proof = {}, token: Partial<VerifiedToken> = {}) {
  const calls: unknown[][] = []
  const used = new UsedProofs({
    remember(...call) {
      calls.push(call)
      return true
    },
  })
  expect(used.use({ ...PROOF, ...proof }, { ...VERIFIED, ...token })).toBeUndefined()
  const [[id, until, owner] = []] = calls
  return { id, until, owner }
}

describe('what the store of used proofs is given', () => {
  it('RFC9449-6: a digest of key and jti, and the end of the proof', () => {
    const { id, until, owner } = given()
    expect(until).toBe(5)
    for (const digest of [id, owner]) expect(digest).toMatch(/^[\w-]{43}$/)
    expect(given()).toEqual({ id, until, owner })
    const others = [{ jti: 'proof-2' }, { thumbprint: 'key-2' }].map((change) => given(change).id)
    expect(new Set([id, ...others]).size).toBe(3)
  })

  it('S1.13: one owner for a subject with all its clients, and for a client without a subject', () => {
    const owners: Partial<VerifiedToken>[] = [
      {},
      { subject: 'bob' },
      { issuer: 'https://b.example' },
      { subject: undefined },
      { subject: undefined, clientId: 'other' },
      { subject: undefined, clientId: undefined },
      { subject: undefined, issuer: 'https://b.example' },
      { subject: 'client' },
    ]
    expect(new Set(owners.map((token) => given({}, token).owner)).size).toBe(owners.length)
    expect(given({}, { clientId: 'other' }).owner).toBe(given().owner)
  })
})

const text = 'the replay store failed with'
const NEITHER = 'the replay store returned neither true nor false'

describe('what the store of used proofs answers', () => {
  it.each<[string, () => unknown, string | undefined, string]>([
    ['true', () => true, undefined, ''],
    ['false', () => false, 'dpop_proof_replayed', 'the DPoP proof: it was used before'],
    ['nothing', () => undefined, 'replay_store_failed', NEITHER],
    ['1', () => 1, 'replay_store_failed', NEITHER],
    ['an error', throwing(new TypeError('s3cret')), 'replay_store_failed', `${text} TypeError`],
    ['no error', throwing('s3cret'), 'replay_store_failed', `${text} string`],
    [
      'ours',
      throwing(new FullError('no room')),
      'replay_store_failed',
      `${text} FullError: no room`,
    ],
  ])('RFC9449-6: %s', async (_what, remember, reason, message) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    for (const answer of [remember, async () => remember()]) {
      const work = async () => new UsedProofs({ remember: answer as never }).use(PROOF, VERIFIED)
      if (reason === undefined) await expect(work()).resolves.toBeUndefined()
      else await expect(work()).rejects.toMatchObject({ reason, message })
    }
    const warnings = warn.mock.calls.map(([warning]) => String(warning))
    expect(warnings).toHaveLength(reason === 'replay_store_failed' ? 2 : 0)
    for (const warning of warnings) {
      expect(warning).toContain(`${message}. Requests with DPoP proofs are answered with 503 until`)
      expect(warning).not.toContain('s3cret')
    }
  })

  it("RFC9449-6: a failure that is not the store's keeps its reason, and is no warning about the store", async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const failure = new UnavailableError('clock_failed', 'the clock returned NaN')
    for (const remember of [throwing(failure), () => Promise.reject(failure)]) {
      const work = async () => new UsedProofs({ remember }).use(PROOF, VERIFIED)
      await expect(work()).rejects.toBe(failure)
    }
    expect(warn).not.toHaveBeenCalled()
  })

  it('RFC9449-6: keeps the cause of a failure for whoever looks for it', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const cause = new Error('broken')
    const used = new UsedProofs({ remember: throwing(cause) })
    expect(() => used.use(PROOF, VERIFIED)).toThrow(expect.objectContaining({ cause }))
  })
})
