import { afterEach, describe, expect, it, vi } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import { createBoundedCache } from '../../../src/storage/bounded-cache.ts'
import type { EntryStore } from '../../../src/storage/entry-store.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { CachedVerification } from '../../../src/verification/cached-verification.ts'
import { createVerifiedToken } from '../../../src/verification/create-verified-token.ts'
import type { TokenVerification, Verification } from '../../../src/verification/verification.ts'
import { ISSUER, NOW } from '../../support/tokens.ts'

const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterEach(() => emitted.mockClear())

type Kind = 'memory' | 'asynchronous'

/** A store in memory; the asynchronous one keeps JSON, as a shared store does. */
function storeOf(kind: Kind, clock: () => number): EntryStore<Verification> {
  const memory = createBoundedCache<Verification>(100, clock)
  if (kind === 'memory') return memory
  return {
    get: async (key) => memory.get(key),
    set: async (key, value, until) => memory.set(key, JSON.parse(JSON.stringify(value)), until),
    delete: async (key) => memory.delete(key),
  }
}

function counting(
  makeStore: (clock: () => number) => EntryStore<Verification>,
  { maxAge = 60, trusted = (still: boolean): boolean | Promise<boolean> => still } = {},
) {
  const time = { now: NOW * 1000 }
  const asked: string[] = []
  const inner = { trusts: true, fail: undefined as unknown, keyIds: [] as unknown[] }
  const verification: TokenVerification = {
    verify: async ({ text }) => {
      asked.push(text)
      if (inner.fail !== undefined) throw inner.fail
      const token = createVerifiedToken({ issuer: ISSUER, subject: text, expiresAt: NOW + 300 })
      return { token, keyId: 'key-1', maxAge }
    },
    stillTrusts: ({ keyId }) => {
      inner.keyIds.push(keyId)
      return trusted(inner.trusts)
    },
  }
  const clock = () => time.now
  const cached = new CachedVerification(verification, {
    store: makeStore(clock),
    negativeMaxAge: 5,
    negativeMaxEntries: 1000,
    clockTolerance: 5,
    clock,
  })
  const verify = async (text: string) =>
    (await cached.verify(new PresentedToken(text), {})).token.subject
  return { cached, verify, asked, inner, time }
}

describe.each(['memory', 'asynchronous'] as const)('a cache with a store: %s', (kind) => {
  const start = (options = {}) => counting((clock) => storeOf(kind, clock), options)

  it('RFC7662-4: verifies a token once', async () => {
    const { verify, asked, inner } = start()
    for (let call = 0; call < 3; call += 1) expect(await verify('a')).toBe('a')
    expect(asked).toEqual(['a'])
    expect(inner.keyIds).toEqual(['key-1', 'key-1'])
  })

  it('RFC7662-4: keeps a result as long as the result says', async () => {
    const { verify, asked, time } = start({ maxAge: 10 })
    await verify('a')
    time.now += 10_000
    await verify('a')
    expect(asked).toHaveLength(1)
    time.now += 1
    await verify('a')
    expect(asked).toHaveLength(2)
  })

  it('MCP-7: checks expiry at a hit', async () => {
    const { verify, time } = start({ maxAge: Number.POSITIVE_INFINITY })
    await verify('a')
    time.now += 305_000
    await expect(verify('a')).rejects.toMatchObject({ reason: 'token_expired' })
  })

  it.each([
    ['at once', (still: boolean) => still],
    ['with a promise', async (still: boolean) => still],
  ])('RFC8725-1: verifies anew where the key is trusted no longer: %s', async (_how, trusted) => {
    const { verify, asked, inner } = start({ trusted })
    await verify('a')
    inner.trusts = false
    inner.fail = new ChallengeError('key_unknown', 'gone')
    await expect(verify('a')).rejects.toMatchObject({ reason: 'key_unknown' })
    inner.trusts = true
    await expect(verify('a')).rejects.toMatchObject({ reason: 'key_unknown' })
    expect(asked).toHaveLength(3)
  })

  it('RFC7662-4: lets callers share one verification', async () => {
    const { verify, asked } = start()
    await Promise.all(Array.from({ length: 50 }, () => verify('a')))
    expect(asked).toHaveLength(1)
  })
})

describe('a hit', () => {
  it('needs no promise where the store needs none', async () => {
    const { cached, verify } = counting((clock) => storeOf('memory', clock))
    await verify('a')
    expect(cached.verify(new PresentedToken('a'), {})).not.toBeInstanceOf(Promise)
  })

  it('S1.4: is found without a look at the token but for its digest', async () => {
    const { cached, verify } = counting((clock) => storeOf('memory', clock))
    await verify('a')
    const presented = { digest: new PresentedToken('a').digest } as PresentedToken
    expect(await cached.verify(presented, {})).toMatchObject({ token: { subject: 'a' } })
  })

  it('may come from a store that returns thenables', async () => {
    const entries = new Map<string, Verification>()
    const later = <T>(value: T) => ({
      // biome-ignore lint/suspicious/noThenProperty: what older libraries return
      then: (done: (value: T) => unknown) => void done(value),
    })
    const { verify, asked } = counting(
      () =>
        ({
          get: (key: string) => later(entries.get(key)),
          set: (key: string, value: Verification) => later(void entries.set(key, value)),
          delete: (key: string) => later(void entries.delete(key)),
        }) as never,
    )
    expect([await verify('a'), await verify('a')]).toEqual(['a', 'a'])
    expect(asked).toHaveLength(1)
  })
})

describe('a store that fails', () => {
  const error = new Error('redis: WRONGPASS the-secret')
  const broken: Readonly<Record<string, () => never>> = {
    throws: () => {
      throw error
    },
    rejects: (() => Promise.reject(error)) as () => never,
  }

  it.each(Object.entries(broken))('refuses no token: it %s', async (_how, fail) => {
    const { verify, asked } = counting(() => ({ get: fail, set: fail, delete: fail }))
    for (let call = 0; call < 3; call += 1) expect(await verify('a')).toBe('a')
    expect(asked).toHaveLength(3)
    await new Promise(setImmediate)
    expect(emitted).toHaveBeenCalledTimes(1)
    const [text, options] = emitted.mock.calls[0] ?? []
    expect(options).toMatchObject({ code: 'MCP_CACHE_STORE_FAILED' })
    expect(String(text)).toContain('get: Error')
    expect(String(text)).not.toContain('the-secret')
  })

  it.each(Object.entries(broken))(
    'keeps no trust that has ended: delete %s',
    async (_how, fail) => {
      const { verify, asked, inner } = counting((clock) => ({
        ...storeOf('memory', clock),
        delete: fail,
      }))
      await verify('a')
      inner.trusts = false
      await verify('a')
      expect(asked).toHaveLength(2)
    },
  )
})

describe('a cache whose asynchronous store meets a clock that fails', () => {
  it('leaves no rejection behind, which would end the process', async () => {
    const rejections = vi.fn()
    process.on('unhandledRejection', rejections)
    const fail = () => Promise.reject(new UnavailableError('clock_failed', 'no time'))
    const { verify } = counting(() => ({ get: async () => undefined, set: fail, delete: fail }))
    expect(await verify('a')).toBe('a')
    await new Promise((resolve) => setTimeout(resolve, 10))
    process.off('unhandledRejection', rejections)
    expect(rejections).not.toHaveBeenCalled()
  })
})
