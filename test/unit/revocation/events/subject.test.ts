import { describe, expect, it } from 'vitest'
import { readSubject, type Subject } from '../../../../src/revocation/events/subject.ts'
import { ALICE } from '../../../support/security-events.ts'
import { ISSUER } from '../../../support/tokens.ts'

const EVIL = 'https://evil.example.com'
const opaque = (id: unknown) => ({ format: 'opaque', id })
const complex = (members: object) => ({ format: 'complex', ...members })
const aliases = (...identifiers: unknown[]) => ({ format: 'aliases', identifiers })
const mail = { format: 'email', email: 'Alice@Example.com' }
const token = { format: 'jwt_id', iss: ISSUER, jti: 't' }

const found = (...targets: object[]): Subject => ({
  targets: targets.map((target) => ({
    inSession: false,
    ...target,
  })) as unknown as Subject['targets'],
  unmatched: [],
})
const unmatched = (...what: string[]): Subject => ({ targets: [], unmatched: what })
const subject = (id: string) => ({ kind: 'subject', id })
const session = (id: string) => ({ kind: 'session', id })
const email = { kind: 'email', id: 'alice@example.com' }
const neither = 'a complex subject without user and session'
const noValue = 'a subject identifier without a value'

describe('the subject of a security event', () => {
  it.each<[string, unknown, Subject]>([
    ['a user', ALICE, found(subject('alice'))],
    ['a token', token, found({ kind: 'token', id: 't' })],
    ['a mail address', mail, found(email)],
    ['a user or a session', opaque('x'), found(session('x'), subject('x'))],
    [
      'ALL, which is no name of a session here',
      opaque('ALL'),
      found(session('ALL'), subject('ALL')),
    ],
    ['an old form', { subject_type: 'iss-sub', iss: ISSUER, sub: 'a' }, found(subject('a'))],
    ['a new form beside an old one', { ...ALICE, subject_type: 'did' }, found(subject('alice'))],
    ['a complex one of a user', complex({ user: ALICE }), found(subject('alice'))],
    ['a complex one without a format', { user: ALICE }, found(subject('alice'))],
    ['a session without a format', { session: opaque('s') }, found(session('s'))],
    ['a format beside a user', { ...ALICE, user: opaque('bob') }, found(subject('alice'))],
    [
      'a session of a user',
      complex({ user: opaque('alice'), session: opaque('s') }),
      found(session('s'), { ...subject('alice'), inSession: true }),
    ],
    [
      'a session of a user and a token',
      complex({ user: aliases(mail, token), session: opaque('s') }),
      found(session('s'), { ...email, inSession: true }, { kind: 'token', id: 't' }),
    ],
    [
      'a token as a session: all of the user are meant',
      complex({ user: ALICE, session: token }),
      found({ kind: 'token', id: 't' }, subject('alice')),
    ],
    ['all sessions', complex({ user: ALICE, session: opaque('all') }), found(subject('alice'))],
    ['a session in the form of a user', complex({ session: ALICE }), found(session('alice'))],
    ['aliases', aliases(ALICE, mail), found(subject('alice'), email)],
    [
      'sixteen aliases',
      aliases(...Array(16).fill(ALICE)),
      found(...Array(16).fill(subject('alice'))),
    ],
  ])('CAEP-1: is read: %s', (_name, identifier, expected) => {
    expect(readSubject(identifier, ISSUER)).toEqual(expected)
  })

  it.each<[string, unknown, Subject]>([
    ['null', null, unmatched('a subject that is not an object')],
    ['a text', 'alice', unmatched('a subject that is not an object')],
    ['an object without a format', {}, unmatched('a subject of the format nothing')],
    ['null as a user', { user: null }, unmatched('a subject of the format nothing')],
    ['a format that is a number', { format: 7 }, unmatched('a subject of the format nothing')],
    ['another format', { format: 'did' }, unmatched('a subject of the format "did"')],
    ['another issuer', { ...ALICE, iss: EVIL }, unmatched(`a subject of the issuer "${EVIL}"`)],
    [
      'a token of another issuer',
      { ...token, iss: EVIL },
      unmatched(`a subject of the issuer "${EVIL}"`),
    ],
    ['no name', { ...ALICE, sub: '' }, unmatched(noValue)],
    ['a name that is a number', { ...ALICE, sub: 7 }, unmatched(noValue)],
    ['a mail address that is a number', { ...mail, email: 7 }, unmatched(noValue)],
    ['a number as a user or a session', opaque(7), unmatched(noValue, noValue)],
    ['neither user nor session', complex({}), unmatched(neither)],
    [
      'user and session that are texts',
      complex({ user: 'alice', session: 's' }),
      unmatched('a session that is not an object', 'a user that is not an object', neither),
    ],
    ['all sessions of nobody', complex({ session: opaque('ALL') }), unmatched(neither)],
    ['a session that is a number', complex({ session: opaque(7) }), unmatched(noValue, neither)],
    [
      'a mail address as a session',
      complex({ session: mail }),
      unmatched('a subject of the format "email"', neither),
    ],
    [
      'a complex one in a complex one',
      complex({ user: complex({}) }),
      unmatched('a subject of the format "complex"', neither),
    ],
    ['aliases without a list', { format: 'aliases' }, unmatched('aliases without identifiers')],
    ['no aliases', aliases(), unmatched()],
    [
      'wrong aliases',
      aliases('alice', aliases(ALICE)),
      unmatched('an alias that is not an object', 'a subject of the format "aliases"'),
    ],
  ])('CAEP-1: has no token, and operators learn why: %s', (_name, identifier, expected) => {
    expect(readSubject(identifier, ISSUER)).toEqual(expected)
  })

  it('SET-1: has at most sixteen aliases', () => {
    expect(() => readSubject(aliases(...Array(17).fill(ALICE)), ISSUER)).toThrow(
      expect.objectContaining({
        name: 'RefusedMessage',
        fault: 'request',
        message: 'a subject has more than 16 aliases',
      }),
    )
  })
})
