import { describe, expect, it } from 'vitest'
import { readRevocation } from '../../../src/revocation/read-revocation.ts'
import type { Revocation, RevokedTokens } from '../../../src/revocation/revocation.ts'

const ONE = 'https://one.example.com'
const TWO = 'https://two.example.com'
const NOW = 1_750_000_000.75
const read = (revocation: unknown, issuers: readonly string[] = [ONE]): RevokedTokens =>
  readRevocation(revocation as Revocation, { issuers, clockTolerance: 5, now: NOW })

const KINDS = 'session, subject, client, token, everything'
const LATEST = new Date((NOW + 300) * 1000)

describe('the argument of revoke()', () => {
  it.each<[string, Revocation, object]>([
    ['a session', { session: 's' }, { kind: 'session', id: 's', issuedUntil: undefined }],
    ['a token', { token: 't' }, { kind: 'token', id: 't', issuedUntil: undefined }],
    ['a subject', { subject: 'a' }, { kind: 'subject', id: 'a', issuedUntil: 1_750_000_005 }],
    ['a client', { client: 'c' }, { kind: 'client', id: 'c', issuedUntil: 1_750_000_005 }],
    ['everything', { everything: true }, { kind: 'everything', issuedUntil: 1_750_000_005 }],
    [
      'a subject for good',
      { subject: 'a', issuedBefore: 'ever' },
      { kind: 'subject', id: 'a', issuedUntil: undefined },
    ],
    [
      'everything for good',
      { everything: true, issuedBefore: 'ever' },
      { kind: 'everything', issuedUntil: undefined },
    ],
    [
      'a session until a time',
      { session: 's', issuedBefore: new Date(1_749_999_999_999) },
      { kind: 'session', id: 's', issuedUntil: 1_749_999_999 },
    ],
    [
      'the latest time',
      { subject: 'a', issuedBefore: LATEST },
      { kind: 'subject', id: 'a', issuedUntil: 1_750_000_300 },
    ],
    ['an id like a part of a JWT', { token: 'eyJ.a' }, { kind: 'token', id: 'eyJ.a' }],
    ['an id with dots', { token: 'a.b.c' }, { kind: 'token', id: 'a.b.c' }],
    ['a session like a JWT', { session: 'eyJ.b.c' }, { kind: 'session', id: 'eyJ.b.c' }],
  ])('REV-1: says what is revoked, and until when: %s', (_name, revocation, expected) => {
    const found = read(revocation)
    expect(found).toMatchObject({ issuer: ONE, at: NOW, ...expected })
    expect(Object.keys(found).includes('id')).toBe('id' in expected)
    expect(read({ ...revocation, issuer: TWO }, [ONE, TWO])).toMatchObject({ issuer: TWO })
  })

  it.each<[unknown, string]>([
    [undefined, 'must be an object that says what is revoked; got nothing'],
    ['alice', 'must be an object that says what is revoked; got "alice"'],
    [{}, `there must be exactly one of ${KINDS}; got none of them`],
    [
      { session: 's', subject: 'a' },
      `there must be exactly one of ${KINDS}; got session and subject`,
    ],
    [
      { client: 'c', token: 't', everything: true },
      `there must be exactly one of ${KINDS}; got client and token and everything`,
    ],
    [{ session: '' }, 'option `session` is empty; it must be the claim `sid` of the tokens'],
    [{ subject: 5 }, 'option `subject` must be the claim `sub` of the tokens; got 5'],
    [{ client: null }, 'option `client` must be the id of a client; got null'],
    [{ token: 5 }, 'option `token` must be the claim `jti` of the token; got 5'],
    [{ everything: false }, 'option `everything` must be true; got false'],
    [{ everything: true, issuer: TWO }, `option \`issuer\` must be one of ${ONE}; got "${TWO}"`],
    [
      { token: 'eyJhbGciOiJub25lIn0.secret.signature' },
      'option `token` must be the claim `jti` of the token; got the token itself',
    ],
    [{ token: 'eyJ.b.c.d.e' }, 'must be the claim `jti` of the token; got the token itself'],
    [{ session: 's', issuedBefore: 'now' }, "`issuedBefore` must be a valid Date, or 'ever'"],
    [{ session: 's', issuedBefore: 5 }, "`issuedBefore` must be a valid Date, or 'ever'; got 5"],
    [{ session: 's', issuedBefore: new Date(Number.NaN) }, '`issuedBefore` must be a valid Date'],
    [
      { session: 's', issuedBefore: new Date(LATEST.getTime() + 1) },
      'option `issuedBefore` must be a date, at most 300 seconds from now; got an object',
    ],
    [{ user: 'a' }, 'there is no option `user`'],
  ])(
    'REV-1: is a TypeError that says what is wrong, without a token: %j',
    (revocation, message) => {
      const make = () => read(revocation)
      expect(make).toThrow(TypeError)
      expect(make).toThrow(/^revoke: /)
      expect(make).toThrow(message)
      expect(make).not.toThrow(/secret/)
    },
  )

  it('REV-1: must name the issuer if there are several', () => {
    const wants = `revoke: option \`issuer\` must be one of ${ONE}, ${TWO}; got nothing`
    expect(() => read({ subject: 'a' }, [ONE, TWO])).toThrow(wants)
    expect(() => read({ subject: 'a' }, [])).toThrow('option `issuer` must be one of ')
  })
})
