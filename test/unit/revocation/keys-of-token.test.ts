import { describe, expect, it } from 'vitest'
import {
  covers,
  factsOf,
  isForGood,
  keysOfToken,
  merged,
  type RevocationKind,
  revocationKey,
} from '../../../src/revocation/revocation.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { VERIFIED } from '../../support/tokens.ts'

const ISSUER = 'https://login.example.com'
const tokenWith = (more: Partial<VerifiedToken>): VerifiedToken => ({
  ...VERIFIED,
  ...{ issuer: ISSUER, subject: undefined, clientId: undefined, tokenId: undefined, claims: {} },
  ...more,
})

describe('the revocations that can hit a token', () => {
  it.each<[string, Partial<VerifiedToken>, readonly (readonly [RevocationKind, string])[]]>([
    ['no claims', {}, []],
    ['a session', { claims: { sid: 's' } }, [['session', 's']]],
    ['a session that is no text', { claims: { sid: 5 } }, []],
    [
      'a subject without a session',
      { subject: 'a' },
      [
        ['subject', 'a'],
        ['sessionless', 'a'],
      ],
    ],
    [
      'a subject with a session',
      { subject: 'a', claims: { sid: 's' } },
      [
        ['session', 's'],
        ['subject', 'a'],
      ],
    ],
    [
      'a subject with a session that is no text',
      { subject: 'a', claims: { sid: ['s'] } },
      [
        ['subject', 'a'],
        ['sessionless', 'a'],
      ],
    ],
    ['a client', { clientId: 'c' }, [['client', 'c']]],
    ['an id', { tokenId: 't' }, [['token', 't']]],
    [
      'a mail address without a session, in any case',
      { claims: { email: 'A@B.example' } },
      [
        ['email', 'a@b.example'],
        ['sessionless_email', 'a@b.example'],
      ],
    ],
    [
      'a mail address with a session',
      { claims: { email: 'a@b.example', sid: 's' } },
      [
        ['session', 's'],
        ['email', 'a@b.example'],
      ],
    ],
    ['a mail address that is no text', { claims: { email: ['a@b.example'] } }, []],
  ])('REV-1: are those of its issuer, and of its ids: %s', (_name, more, ids) => {
    const keys = keysOfToken(tokenWith(more))
    const expected = ids.map(([kind, id]) => revocationKey(ISSUER, kind, id))
    expect(keys).toEqual([revocationKey(ISSUER, 'everything'), ...expected])
    const { issuedAt, expiresAt } = VERIFIED
    expect(factsOf(tokenWith(more))).toEqual({ keys, issuedAt, expiresAt })
  })

  it('REV-3: are digests that differ by issuer, kind and id', () => {
    const keys = [
      revocationKey(ISSUER, 'everything'),
      revocationKey(`${ISSUER}/`, 'everything'),
      revocationKey(ISSUER, 'subject', 'a'),
      revocationKey(ISSUER, 'subject', 'b'),
      revocationKey(ISSUER, 'session', 'a'),
      revocationKey(ISSUER, 'subject', ''),
    ]
    expect(new Set(keys).size).toBe(keys.length)
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/)
    expect(revocationKey(ISSUER, 'everything', '')).toBe(revocationKey(ISSUER, 'everything'))
  })
})

describe('two revocations with the same key', () => {
  const entry = (issuedUntil: number | undefined, at: number) => ({
    ...{ key: 'k', everything: 'e' },
    issuedUntil,
    at,
  })
  const ever = undefined
  it.each<
    [number | undefined, number, number | undefined, number, boolean, number | undefined, number]
  >([
    [5, 5, 5, 5, true, 5, 5],
    [6, 5, 5, 5, true, 6, 5],
    [5, 5, 6, 5, false, 6, 5],
    [5, 6, 5, 5, true, 5, 6],
    [5, 5, 5, 6, false, 5, 6],
    [ever, 5, 5, 5, true, ever, 5],
    [5, 5, ever, 5, false, ever, 5],
    [ever, 5, ever, 5, true, ever, 5],
    [ever, 5, 5, 6, false, ever, 6],
    [6, 5, 5, 6, false, 6, 6],
    [5, 6, 6, 5, false, 6, 6],
  ])(
    'REV-1: become one that revokes what both revoke: %s at %d and %s at %d',
    (until, at, other, late, covered, last, latest) => {
      const [one, two] = [entry(until, at), entry(other, late)]
      expect(covers(one, two)).toBe(covered)
      expect(merged(one, two)).toEqual(entry(last, latest))
      expect(merged(two, one)).toEqual(entry(last, latest))
    },
  )
})

describe('without `issuedBefore`', () => {
  it.each([
    ['session', true],
    ['token', true],
    ['subject', false],
    ['client', false],
    ['everything', false],
  ] as const)('REV-1: a revocation of %s holds for good: %s', (kind, forGood) => {
    expect(isForGood(kind, undefined)).toBe(forGood)
    expect(isForGood(kind, 'ever')).toBe(true)
    expect(isForGood(kind, new Date(0))).toBe(false)
  })
})
