import { describe, expect, it } from 'vitest'
import { createBoundedCache } from '../../../src/storage/bounded-cache.ts'
import type { SealedValues } from '../../../src/storage/sealed-values.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { SharedResults } from '../../../src/verification/shared-results.ts'
import { readStoredResult, writeStoredResult } from '../../../src/verification/stored-result.ts'
import type { Verification } from '../../../src/verification/verification.ts'
import { NOW, VERIFIED } from '../../support/tokens.ts'

const NOW_MS = NOW * 1000
const TOKEN: VerifiedToken = { ...VERIFIED, format: 'opaque', verifiedBy: 'introspection' }
const RESULT: Verification = { token: TOKEN, keyId: undefined, maxAge: 30 }

/** A process, with the store that it shares. `random` says how early it gives up a result. */
function start({ values = new Map<string, string>(), random = 0, now = NOW_MS } = {}) {
  const time = { now }
  const clock = () => time.now
  const memory = createBoundedCache<Verification>(100, clock)
  const calls: string[] = []
  const ends: number[] = []
  const results = new SharedResults({
    memory: {
      get: (key: string) => memory.get(key),
      set(key: string, verification: Verification, until: number) {
        ends.push(until)
        memory.set(key, verification, until)
      },
      delete: (key: string) => memory.delete(key),
    } as never,
    values: {
      async get(key: string) {
        calls.push(`get ${key}`)
        return values.get(key)
      },
      async set(key: string, text: string, until: number) {
        calls.push(`set ${key} ${until - NOW_MS}`)
        values.set(key, text)
      },
      async delete(key: string) {
        calls.push(`delete ${key}`)
        values.delete(key)
      },
    } as unknown as SealedValues,
    clockTolerance: 5,
    clock,
    random: () => random,
  })
  return { results, calls, ends, values, time }
}

describe('a shared result', () => {
  it('RFC7662-4: is found by another process until its end, and then kept by both', async () => {
    const first = start()
    await first.results.set('a', RESULT, NOW_MS + 30_000)
    expect(first.calls).toEqual(['set a 30000'])
    const second = start(first)
    expect(await second.results.get('a')).toEqual(RESULT)
    expect(await second.results.get('a')).toEqual(RESULT)
    expect(second.calls).toEqual(['get a'])
    expect(second.results.get('a')).not.toBeInstanceOf(Promise)
  })

  it('RFC7662-4: is given up by a process in the last tenth of its life', async () => {
    const { results, ends, values } = start({ random: 0.5 })
    await results.set('a', RESULT, NOW_MS + 30_000)
    const second = start({ values, random: 1 })
    await second.results.get('a')
    expect([ends, second.ends]).toEqual([[NOW_MS + 28_500], [NOW_MS + 27_000]])
  })

  it.each([
    [30_000, true],
    [30_001, false],
  ])('RFC7662-4: %i ms after it was written is found: %j', async (later, found) => {
    const { results, values } = start()
    await results.set('a', RESULT, NOW_MS + 30_000)
    const second = start({ values, now: NOW_MS + later })
    expect((await second.results.get('a')) !== undefined).toBe(found)
  })

  it.each([
    [5000, true],
    [5001, false],
  ])('RFC7662-4: of a clock that is %i ms ahead is taken: %j', async (ahead, taken) => {
    const { results, values } = start()
    await results.set('a', RESULT, NOW_MS + 30_000 + ahead)
    expect((await start({ values }).results.get('a')) !== undefined).toBe(taken)
  })

  it('REV-1: is deleted for all', async () => {
    const { results, values, calls } = start()
    await results.set('a', RESULT, NOW_MS + 30_000)
    await results.delete('a')
    expect(values.size).toBe(0)
    expect(await results.get('a')).toBeUndefined()
    expect(calls).toEqual(['set a 30000', 'delete a', 'get a'])
  })

  it('is read once for all requests that wait for it', async () => {
    const { results, calls } = start()
    await Promise.all([results.get('a'), results.get('a'), results.get('b')])
    expect(calls).toEqual(['get a', 'get b'])
  })

  it.each<[string, Verification]>([
    ['a signature alone', { ...RESULT, token: { ...TOKEN, verifiedBy: 'signature' } }],
    ['a result without an end', { ...RESULT, maxAge: Number.POSITIVE_INFINITY }],
    ['a result for no time', { ...RESULT, maxAge: 0 }],
    ['a result that JSON would change', { ...RESULT, token: { ...TOKEN, claims: { a: 1 / 0 } } }],
  ])('is not made of %s', async (_what, result) => {
    const { results, calls } = start()
    await results.set('a', result, NOW_MS + 30_000)
    expect(calls).toEqual([])
    expect(await results.get('a')).toBe(result)
  })

  it('is not given up early if it is one of a signature alone', async () => {
    const { results, ends } = start({ random: 1 })
    const token: VerifiedToken = { ...TOKEN, verifiedBy: 'signature' }
    await results.set('a', { ...RESULT, token }, NOW_MS + 30_000)
    expect(ends).toEqual([NOW_MS + 30_000])
  })

  it('is not read from a value that another version may have written: a signature alone', async () => {
    const values = new Map([
      [
        'a',
        JSON.stringify({
          until: NOW_MS + 9,
          maxAge: 30,
          token: { ...TOKEN, verifiedBy: 'signature' },
        }),
      ],
      ['b', JSON.stringify({ until: NOW_MS + 9, maxAge: 0, token: TOKEN })],
    ])
    const { results } = start({ values })
    expect(await results.get('a')).toBeUndefined()
    expect(await results.get('b')).toBeUndefined()
  })

  it('is asked for nothing while the store rests after a failure', async () => {
    const values = new Map<string, string>()
    values.get = () => {
      throw new Error('down')
    }
    const { results, calls } = start({ values })
    await expect(results.get('a')).rejects.toThrow('down')
    expect(results.get('a')).toBeUndefined()
    expect(calls).toEqual(['get a'])
  })
})

describe('the text of a result', () => {
  const until = NOW_MS + 30_000
  const write = (verification: Verification) => writeStoredResult({ verification, until })

  it.each<[string, Partial<VerifiedToken>, Partial<Verification>]>([
    ['no binding', {}, {}],
    ['a key', { confirmation: { jkt: 'a' } }, {}],
    ['a certificate', { confirmation: { 'x5t#S256': 'b' } }, {}],
    ['both', { confirmation: { jkt: 'a', 'x5t#S256': 'b' } }, {}],
    [
      'no subject, client, id and time',
      { subject: undefined, clientId: undefined, tokenId: undefined, issuedAt: undefined },
      {},
    ],
    ['a key id', { verifiedBy: 'signature_and_introspection', format: 'jwt' }, { keyId: 'key-1' }],
    ['a claim with a dangerous name', { claims: JSON.parse('{"__proto__":{"a":1}}') }, {}],
  ])('is read as the same result: %s', (_what, token, more) => {
    const verification = { ...RESULT, ...more, token: { ...TOKEN, ...token } }
    const text = write(verification)
    expect(readStoredResult(text ?? '')).toStrictEqual({ verification, until })
    expect(Object.isFrozen(readStoredResult(text ?? '')?.verification.token.claims)).toBe(true)
  })

  it('has 65 536 characters at most', () => {
    const of = (length: number) =>
      write({ ...RESULT, token: { ...TOKEN, claims: { a: 'x'.repeat(length) } } })
    const rest = (of(1)?.length ?? 0) - 1
    expect(of(65_536 - rest)).toHaveLength(65_536)
    expect(of(65_537 - rest)).toBeUndefined()
  })

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['no token', JSON.stringify({ until, maxAge: 30 })],
    ['null for a token', JSON.stringify({ until, maxAge: 30, token: null })],
    ['no claims', JSON.stringify({ until, maxAge: 30, token: { ...TOKEN, claims: undefined } })],
    [
      'claims that are a list',
      JSON.stringify({ until, maxAge: 30, token: { ...TOKEN, claims: [] } }),
    ],
    ['an unknown member', JSON.stringify({ until, maxAge: 30, token: TOKEN, more: 1 })],
    [
      'an unknown binding',
      JSON.stringify({ until, maxAge: 30, token: { ...TOKEN, confirmation: { x: 'y' } } }),
    ],
    ['a time that is no number', JSON.stringify({ until: 'x', maxAge: 30, token: TOKEN })],
    ['a life of two years', JSON.stringify({ until, maxAge: 63_072_000, token: TOKEN })],
  ])('REV-3: is not read from %s', (_what, text) => {
    expect(readStoredResult(text)).toBeUndefined()
  })
})
