import { afterEach, describe, expect, it, vi } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import { createBoundedCache } from '../../../src/storage/bounded-cache.ts'
import type { EntryStore } from '../../../src/storage/entry-store.ts'
import { PresentedToken } from '../../../src/token/presented-token.ts'
import { CachedVerification } from '../../../src/verification/cached-verification.ts'
import { createCachedVerifier } from '../../../src/verification/cached-verifier.ts'
import type { TokenVerification, Verification } from '../../../src/verification/verification.ts'
import { NOW, VERIFIED } from '../../support/tokens.ts'

const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterEach(() => emitted.mockClear())

const CLOCK = new UnavailableError('clock_failed', 'no time')
const OUTAGE = new UnavailableError('shared_store_failed', 'away')

/** A cache in memory over a verification that the test replaces, with the calls of its store. */
function cache(store: Partial<EntryStore<Verification>> = {}, signed = true) {
  const keyId = signed ? 'key-1' : undefined
  const time = { now: NOW * 1000 }
  const clock = () => time.now
  const memory = createBoundedCache<Verification>(100, clock)
  const calls: string[] = []
  const verify = vi.fn<TokenVerification['verify']>(async () => {
    calls.push('verify')
    return { token: VERIFIED, keyId, maxAge: 60 }
  })
  const stillTrusts = vi.fn<TokenVerification['stillTrusts']>(() => true)
  const cached = new CachedVerification(
    { verify, stillTrusts },
    {
      store: {
        get: (key) => memory.get(key),
        set(key, value, until) {
          calls.push(`set ${(until - NOW * 1000) / 1000}`)
          memory.set(key, value, until)
        },
        delete(key) {
          calls.push('delete')
          memory.delete(key)
        },
        ...store,
      },
      negativeMaxAge: 5,
      negativeMaxEntries: 10,
      clockTolerance: 5,
      clock,
    },
  )
  const ask = async (text = 'a', context = {}) => cached.verify(new PresentedToken(text), context)
  return { cached, ask, time, calls, verify, stillTrusts }
}

const code = () =>
  emitted.mock.calls.map(([text]) => /\((get|set|delete): /.exec(String(text))?.[1])

describe('a result in the cache', () => {
  it('RFC8725-1: is kept while it is trusted, whether the answer comes at once or later', async () => {
    const { ask, calls, stillTrusts } = cache()
    await ask()
    await ask()
    stillTrusts.mockResolvedValue(true)
    await ask()
    expect(calls).toEqual(['verify', 'set 60'])
    stillTrusts.mockResolvedValueOnce(false)
    await ask()
    expect(calls).toEqual(['verify', 'set 60', 'delete', 'verify', 'set 60'])
  })

  it('REV-1: is forgotten on demand', async () => {
    const { cached, ask, calls } = cache()
    await ask()
    cached.forget(new PresentedToken('a'))
    await ask()
    expect(calls).toEqual(['verify', 'set 60', 'delete', 'verify', 'set 60'])
  })

  it('is that of one flight, which no caller ends for the others', async () => {
    const { ask, verify } = cache()
    const { signal } = new AbortController()
    await ask('a', { signal })
    const [, context] = verify.mock.calls[0] ?? []
    expect(context?.signal).toBeInstanceOf(AbortSignal)
    expect(context?.signal).not.toBe(signal)
  })

  it.each<[string, boolean, string, boolean]>([
    ['a signature', true, 'a b', true],
    ['introspection', false, 'a', true],
    ['introspection, of what no header can carry', false, 'a b', false],
  ])('RFC6750-1: of %s is kept', async (_what, signed, text, kept) => {
    const { ask, calls } = cache({}, signed)
    await ask(text)
    expect(calls.includes('set 60')).toBe(kept)
  })

  it('RFC7662-4: ages from the start of its verification, and not longer if the clock was set back', async () => {
    const { ask, calls, time, verify } = cache()
    verify.mockImplementationOnce(async () => {
      time.now += 10_000
      return { token: VERIFIED, keyId: 'key-1', maxAge: 60 }
    })
    await ask()
    expect(calls).toEqual(['set 60'])
    verify.mockImplementationOnce(async () => {
      time.now -= 110_000
      return { token: VERIFIED, keyId: 'key-1', maxAge: 60 }
    })
    await ask('b')
    expect(calls).toEqual(['set 60', 'set -40'])
  })
})

describe('the age that createCachedVerifier sets', () => {
  it.each<[string, number | ((token: typeof VERIFIED) => number), number]>([
    ['a number', 10, 1],
    ['a function of the token', ({ subject }) => (subject === 'alice' ? 10 : 0), 1],
    ['no time', 0, 2],
  ])('RFC7662-4: is %s', async (_what, maxAge, times) => {
    const verify = vi.fn(async () => VERIFIED)
    const cached = createCachedVerifier({ verify }, { maxAge, clock: () => NOW * 1000 })
    expect([await cached.verify('a'), await cached.verify('a')]).toEqual([VERIFIED, VERIFIED])
    expect(verify).toHaveBeenCalledTimes(times)
  })
})

describe('an inactive token', () => {
  const inactive = () => Promise.reject(new ChallengeError('token_inactive', 'gone'))

  it.each([
    [5000, 1],
    [5001, 2],
  ])('RFC7662-4: is asked about again after %i ms: %i calls', async (later, times) => {
    const { ask, time, verify } = cache()
    verify.mockImplementation(inactive)
    await expect(ask()).rejects.toMatchObject({ reason: 'token_inactive', message: 'gone' })
    time.now += later
    await expect(ask()).rejects.toMatchObject({ reason: 'token_inactive', message: 'gone' })
    expect(verify).toHaveBeenCalledTimes(times)
  })
})

describe('a store that fails', () => {
  const throwing = (error: Error) => () => {
    throw error
  }
  const rejecting = (error: Error) => () => Promise.reject(error)

  it.each([
    ['throws', throwing],
    ['rejects', rejecting],
  ])('is warned of once, by its operation: it %s', async (_how, fail) => {
    for (const operation of ['get', 'set', 'delete'] as const) {
      emitted.mockClear()
      const { cached, ask } = cache({ [operation]: fail(new Error('down')) })
      await ask()
      cached.forget(new PresentedToken('a'))
      await ask()
      await new Promise(setImmediate)
      expect(code()).toEqual([operation])
    }
  })

  it('while a replaced result is deleted is warned of too', async () => {
    const { ask, stillTrusts } = cache({ delete: throwing(new Error('down')) })
    await ask()
    stillTrusts.mockReturnValueOnce(false)
    await ask()
    expect(code()).toEqual(['delete'])
  })

  it.each([
    ['throws', throwing],
    ['rejects', rejecting],
  ])('for its clock is no failure of the store: it %s', async (_how, fail) => {
    await expect(cache({ get: fail(CLOCK) }).ask()).rejects.toBe(CLOCK)
    expect(emitted).not.toHaveBeenCalled()
    expect(await cache({ get: fail(OUTAGE) }).ask()).toMatchObject({ token: VERIFIED })
    expect(code()).toEqual(['get'])
  })
})
