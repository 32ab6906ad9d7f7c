import { describe, expect, it, vi } from 'vitest'
import { ChallengeError } from '../../../src/errors/challenge-error.ts'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { createCachedVerifier } from '../../../src/verification/cached-verifier.ts'
import type { CachedVerifierOptions } from '../../../src/verification/options.ts'
import type { TokenVerifier } from '../../../src/verification/token-verifier.ts'
import {
  ALLOWED,
  attackerKey,
  base64url,
  CLAIMS,
  invalidToken,
  judge,
  NOW,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'

const [header, payload, signature = ''] = (await signToken()).split('.')
const [again, bySubject] = [
  await signToken({ claims: { jti: 'another' } }),
  await signToken({ claims: { sub: 'mallory' } }),
]
const template = await testResourceServer().verify(await signToken())

/** A verifier whose every answer names the token it was asked about, and a clock that moves. */
function counting(options: CachedVerifierOptions = {}, answer: Partial<VerifiedToken> = {}) {
  const time = { now: NOW * 1000 }
  const asked: string[] = []
  const inner: TokenVerifier & { fail: unknown } = {
    fail: undefined,
    verify: async (token) => {
      asked.push(token)
      if (inner.fail !== undefined) throw inner.fail
      return { ...template, subject: token, ...answer }
    },
  }
  const verifier = createCachedVerifier(inner, { clock: () => time.now, ...options })
  return { verifier, inner, asked, time }
}

describe('tokens that are alike', () => {
  const long = 'a'.repeat(8000)

  it.each([
    ['in all but the last letter', `${long}x`, `${long}y`],
    ['in all but the first letter', `x${long}`, `y${long}`],
    ['in all but one in the middle', `${long.slice(4000)}x${long.slice(4000)}`, `${long}a`],
    ['but for length', long, `${long}a`],
    ['but for case', 'AbC', 'abc'],
    ['but for the signature', `${header}.${payload}.AAAA`, `${header}.${payload}.${signature}`],
    ['in subject', `${header}.${payload}.${signature}`, again],
    ['in audience', `${header}.${payload}.${signature}`, bySubject],
    ['in the signature', `${header}.${payload}.${signature}`, `${header}.e30.${signature}`],
    ['but for padding', 'abc', 'abc='],
    ['like a member of every object', '__proto__', 'constructor'],
  ])('CVE-2026-35039 RFC7662-4: %s never share an entry', async (_name, one, other) => {
    const { verifier, asked } = counting()
    for (const token of [one, other, one, other]) {
      expect((await verifier.verify(token)).subject).toBe(token)
    }
    expect(asked).toEqual([one, other])
  })

  it('CVE-2026-35039: at the same time they do not share a flight', async () => {
    const { verifier } = counting()
    const tokens = Array.from({ length: 200 }, (_, at) => `${long}${at % 20}`)
    const subjects = await Promise.all(tokens.map(async (t) => (await verifier.verify(t)).subject))
    expect(subjects).toEqual(tokens)
  })

  it('hash flooding: no table has a long token as its key, which V8 would hash by its length alone', async () => {
    const keys: unknown[] = []
    const { verifier } = counting({ maxTokenLength: 65_536 })
    const note = (key: unknown): void => void keys.push(key)
    const original = Map.prototype.get
    const get = vi.spyOn(Map.prototype, 'get').mockImplementation(function (this: never, key) {
      note(key)
      return Reflect.apply(original, this, [key])
    })
    try {
      // From 16 384 characters on the hash of a string is its length.
      for (let at = 10; at < 20; at += 1) await verifier.verify(`${'a'.repeat(20_000)}${at}`)
    } finally {
      get.mockRestore()
    }
    const lengths = keys.flatMap((key) => (typeof key === 'string' ? key.length : []))
    expect(lengths.length).toBeGreaterThan(9)
    expect(Math.max(...lengths)).toBeLessThan(100)
  })

  it('CVE-2026-35039: a forgery is refused after the good token was kept, and the reverse', async () => {
    const server = testResourceServer()
    const good = `${header}.${payload}.${signature}`
    const other = (await signToken({ key: attackerKey })).split('.')[2]
    const otherClaims = base64url(JSON.stringify({ ...CLAIMS, sub: 'mallory' }))
    const forgeries = [
      `${header}.${payload}.${other}`,
      `${header}.${otherClaims}.${signature}`,
      `${header}.${payload}.${base64url(new Uint8Array(256))}`,
    ]
    for (let round = 0; round < 2; round += 1) {
      for (const forgery of forgeries) {
        expect(await judge(forgery, server)).toEqual(invalidToken('signature_invalid'))
      }
      expect(await judge(good, server)).toEqual(ALLOWED)
    }
  })
})

describe('the cache', () => {
  it('RFC7662-4 S1.4: by default keeps a signature result until exp plus tolerance', async () => {
    const { verifier, asked, time } = counting()
    await verifier.verify('a')
    time.now = (NOW + 304.9) * 1000
    await verifier.verify('a')
    expect(asked).toHaveLength(1)
    time.now = (NOW + 305) * 1000
    await expect(verifier.verify('a').then(() => asked.length)).rejects.toMatchObject({
      reason: 'token_expired',
    })
  })

  it('RFC7662-4: keeps an introspection result for 30 s from when it was requested', async () => {
    const { verifier, asked, time } = counting({}, { verifiedBy: 'introspection' })
    await verifier.verify('a')
    time.now += 29_999
    await verifier.verify('a')
    expect(asked).toHaveLength(1)
    time.now += 2
    await verifier.verify('a')
    expect(asked).toHaveLength(2)
  })

  it.each([0, -1, Number.NaN])('RFC7662-4: no result is kept with maxAge %d', async (age) => {
    const { verifier, asked } = counting({ maxAge: () => age })
    await verifier.verify('a')
    await verifier.verify('a')
    expect(asked).toHaveLength(2)
  })

  it('RFC7662-4 S1.4: drops the least recently used entry first', async () => {
    const { verifier, asked } = counting({ maxEntries: 2 })
    for (const token of ['a', 'b', 'a', 'c', 'a']) await verifier.verify(token)
    expect(asked).toEqual(['a', 'b', 'c'])
    await verifier.verify('b')
    expect(asked).toEqual(['a', 'b', 'c', 'b'])
  })

  it('RFC7662-6: an over-long token is measured before it is hashed', async () => {
    const { verifier, asked } = counting({ maxTokenLength: 64 })
    await expect(verifier.verify('a'.repeat(65))).rejects.toMatchObject({
      reason: 'token_too_long',
    })
    await verifier.verify('a'.repeat(64))
    expect(asked).toHaveLength(1)
  })

  it.each([undefined, null, '', 5, {}])('RFC7662-6: %j is no token', async (token) => {
    const { verifier, asked } = counting()
    await expect(verifier.verify(token as never)).rejects.toMatchObject({
      reason: 'token_malformed',
    })
    expect(asked).toEqual([])
  })

  it('RFC9700-1: all callers get the same frozen token', async () => {
    const server = testResourceServer()
    const token = await signToken()
    const first = await server.verify(token)
    expect(await server.verify(token)).toBe(first)
    expect(() => Object.assign(first, { subject: 'mallory' })).toThrow(TypeError)
  })
})

describe('the cache of failures', () => {
  it('RFC7662-4: keeps "inactive" for five seconds', async () => {
    const { verifier, inner, asked, time } = counting()
    inner.fail = new ChallengeError('token_inactive', 'inactive')
    for (let call = 0; call < 3; call += 1) {
      await expect(verifier.verify('a')).rejects.toMatchObject({ reason: 'token_inactive' })
    }
    expect(asked).toHaveLength(1)
    time.now += 5001
    inner.fail = undefined
    expect((await verifier.verify('a')).subject).toBe('a')
  })

  it('RFC7662-4: "inactive" is bounded in number, apart from the good', async () => {
    const { verifier, inner, asked } = counting({ negativeMaxEntries: 1, maxEntries: 1 })
    await verifier.verify('good')
    inner.fail = new ChallengeError('token_inactive', 'inactive')
    for (const token of ['a', 'b', 'a']) await verifier.verify(token).catch(() => {})
    expect(asked).toEqual(['good', 'a', 'b', 'a'])
    await verifier.verify('good')
    expect(asked).toHaveLength(4)
  })

  it.each([
    new ChallengeError('signature_invalid', 'x'),
    new ChallengeError('key_unknown', 'x'),
    new ChallengeError('token_expired', 'x'),
    new UnavailableError('introspection_unavailable', 'x'),
    new Error('x'),
  ])('RFC7662-3: nothing else is kept: $name $reason', async (error) => {
    const { verifier, inner, asked } = counting()
    inner.fail = error
    await expect(verifier.verify('a')).rejects.toBe(error)
    inner.fail = undefined
    expect((await verifier.verify('a')).subject).toBe('a')
    expect(asked).toHaveLength(2)
  })
})

describe('callers at the same time', () => {
  it('RFC7662-4: one that aborts does not end the work for the others', async () => {
    const { verifier, asked } = counting()
    const leaving = new AbortController()
    const gone = verifier.verify('a', { signal: leaving.signal })
    const stays = verifier.verify('a')
    leaving.abort(new Error('left'))
    await expect(gone).rejects.toThrow('left')
    expect((await stays).subject).toBe('a')
    expect(asked).toHaveLength(1)
  })
})
