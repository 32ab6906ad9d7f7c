import { describe, expect, it } from 'vitest'
import { type EventRules, revokedBy } from '../../../../src/revocation/events/revoked-by.ts'
import type { SecurityEventToken } from '../../../../src/revocation/events/security-event-token.ts'
import {
  ACCOUNT_DISABLED,
  CLAIMS_CHANGE,
  CREDENTIAL_CHANGE,
  SESSION_REVOKED,
} from '../../../support/security-events.ts'
import { ISSUER, NOW } from '../../../support/tokens.ts'

describe('what an event revokes', () => {
  const rules: EventRules = {
    issuer: ISSUER,
    onCredentialChange: 'revoke',
    onTokenClaimsChange: 'revoke',
    longestTokenLife: 600,
    latest: NOW + 5,
  }
  const set: SecurityEventToken = {
    tokenId: 'set-1',
    issuedAt: NOW - 10,
    happenedAt: undefined,
    events: [],
    subjectId: undefined,
    subject: undefined,
  }
  const opaque = (id: string) => ({ format: 'opaque', id })
  const session = { format: 'complex', session: opaque('s1') }
  const email = { format: 'email', email: 'A@b' }

  it.each<[string, string, unknown, Partial<EventRules>, string]>([
    ['an unknown type', 'x', undefined, {}, 'this type of event has no effect here'],
    [
      'credentials',
      CREDENTIAL_CHANGE,
      'x',
      { onCredentialChange: 'ignore' },
      'the option `onCredentialChange` ignores it',
    ],
    [
      'claims',
      CLAIMS_CHANGE,
      'x',
      { onTokenClaimsChange: 'ignore' },
      'the option `onTokenClaimsChange` ignores it',
    ],
    [
      'no subject',
      SESSION_REVOKED,
      undefined,
      {},
      'no token can be matched to its subject: it has none',
    ],
    [
      'a complex subject',
      SESSION_REVOKED,
      { format: 'complex', user: 1, session: 2 },
      {},
      'no token can be matched to its subject: a session that is not an object, a user that is not an object, a complex subject without user and session',
    ],
    [
      'many aliases',
      SESSION_REVOKED,
      { format: 'aliases', identifiers: [1, { format: 'did' }, { format: 'x' }, { format: 'y' }] },
      {},
      'no token can be matched to its subject: an alias that is not an object, a subject of the format "did", a subject of the format "x"',
    ],
  ])('SET-1: is nothing, and operators learn why: %s', (_name, type, subject, more, why) => {
    expect(revokedBy(type, {}, { ...set, subjectId: subject }, { ...rules, ...more })).toBe(why)
  })

  const until = { issuedUntil: NOW - 10 }
  it.each<[string, string, unknown, readonly object[]]>([
    ['a session', SESSION_REVOKED, session, [{ kind: 'session', id: 's1' }]],
    [
      'a token',
      ACCOUNT_DISABLED,
      { format: 'jwt_id', jti: 't', iss: ISSUER },
      [{ kind: 'token', id: 't' }],
    ],
    ['claims of a session', CLAIMS_CHANGE, session, [{ kind: 'session', id: 's1', ...until }]],
    ['a mail address', ACCOUNT_DISABLED, email, [{ kind: 'email', id: 'a@b', ...until }]],
    [
      'a session of a mail address',
      SESSION_REVOKED,
      { ...session, user: email },
      [
        { kind: 'session', id: 's1' },
        { kind: 'sessionless_email', id: 'a@b', ...until },
      ],
    ],
    [
      'a session of a user, and the tokens of the user without a session',
      SESSION_REVOKED,
      { ...session, user: opaque('alice') },
      [
        { kind: 'session', id: 's1' },
        { kind: 'sessionless', id: 'alice', ...until },
      ],
    ],
    [
      'claims of a session of a user, and the tokens of the user without a session',
      CLAIMS_CHANGE,
      { ...session, user: opaque('alice') },
      [
        { kind: 'session', id: 's1', ...until },
        { kind: 'sessionless', id: 'alice', ...until },
      ],
    ],
    [
      'the user of a session',
      ACCOUNT_DISABLED,
      { ...session, user: email },
      [
        { kind: 'session', id: 's1', ...until },
        { kind: 'email', id: 'a@b', ...until },
      ],
    ],
  ])('CAEP-1: is %s', (_name, type, subject, expected) => {
    expect(revokedBy(type, {}, { ...set, subjectId: subject }, rules)).toEqual(
      expected.map((one) => ({ issuer: ISSUER, issuedUntil: undefined, at: NOW - 10, ...one })),
    )
  })

  it('CAEP-1: counts for both forms of a subject, at the later of its times', () => {
    const event = { subject: email, event_timestamp: NOW - 3.5 }
    const both = { ...set, subjectId: session, subject: 'alice' }
    expect(revokedBy(ACCOUNT_DISABLED, event, both, rules)).toEqual([
      { issuer: ISSUER, kind: 'session', id: 's1', issuedUntil: NOW - 4, at: NOW - 3.5 },
      { issuer: ISSUER, kind: 'email', id: 'a@b', issuedUntil: NOW - 4, at: NOW - 3.5 },
    ])
    const subject = { ...set, subject: 'alice', happenedAt: NOW - 20 }
    expect(revokedBy(ACCOUNT_DISABLED, {}, subject, rules)).toEqual([
      { issuer: ISSUER, kind: 'subject', id: 'alice', issuedUntil: NOW - 20, at: NOW - 10 },
    ])
  })
})
