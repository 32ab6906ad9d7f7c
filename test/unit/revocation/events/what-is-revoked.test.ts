import { describe, expect, it } from 'vitest'
import type { ResourceServer } from '../../../../src/resource-server/resource-server.ts'
import type { SecurityEventOptions } from '../../../../src/revocation/options.ts'
import {
  ACCOUNT_DISABLED,
  ACCOUNT_PURGED,
  ALICE,
  ALL_SESSIONS,
  CLAIMS_CHANGE,
  CREDENTIAL_CHANGE,
  CREDENTIAL_COMPROMISE,
  errorOf,
  push,
  receiver,
  SESSION_REVOKED,
  SESSIONS_REVOKED,
  signSet,
} from '../../../support/security-events.ts'
import { bearer, type Claims, ISSUER, NOW, signToken } from '../../../support/tokens.ts'

/** When the event happened, and the second after it. */
const EVENT = NOW - 30
const EVIL = 'https://evil.example.com'

/** What a subject means, for the oracle. */
interface Meaning {
  readonly user?: string
  readonly email?: string
  readonly session?: string
  readonly token?: string
  /** A text that may be a user or a session. */
  readonly either?: string
}

const opaque = (id: string) => ({ format: 'opaque', id })
const mail = (email: string) => ({ format: 'email', email })
const complex = (members: object) => ({ format: 'complex', ...members })
const aliases = (...identifiers: object[]) => ({ format: 'aliases', identifiers })
const jwt = (jti: string) => ({ format: 'jwt_id', iss: ISSUER, jti })

const SUBJECTS: readonly (readonly [name: string, subject: Claims, meaning: Meaning])[] = [
  ['iss_sub', { sub_id: ALICE }, { user: 'alice' }],
  ['iss_sub of another issuer', { sub_id: { ...ALICE, iss: EVIL } }, {}],
  ['iss_sub of the issuer with a slash', { sub_id: { ...ALICE, iss: `${ISSUER}/` } }, {}],
  ['iss_sub without iss', { sub_id: { format: 'iss_sub', sub: 'alice' } }, {}],
  ['iss_sub of nobody', { sub_id: { ...ALICE, sub: '' } }, {}],
  ['opaque, a user', { sub_id: opaque('alice') }, { either: 'alice' }],
  ['opaque, a session', { sub_id: opaque('session-1') }, { either: 'session-1' }],
  ['opaque, a number', { sub_id: { format: 'opaque', id: 7 } }, {}],
  ['email', { sub_id: mail('alice@example.com') }, { email: 'alice@example.com' }],
  ['email in capitals', { sub_id: mail('ALICE@Example.com') }, { email: 'alice@example.com' }],
  ['jwt_id', { sub_id: jwt('token-1') }, { token: 'token-1' }],
  ['jwt_id of another issuer', { sub_id: { ...jwt('token-1'), iss: EVIL } }, {}],
  ['complex, all sessions', { sub_id: ALL_SESSIONS }, { user: 'alice' }],
  [
    'complex, all sessions in small letters',
    { sub_id: complex({ user: ALICE, session: opaque('all') }) },
    { user: 'alice' },
  ],
  ['complex, a user', { sub_id: complex({ user: ALICE }) }, { user: 'alice' }],
  [
    'complex, a user and a device',
    { sub_id: complex({ user: ALICE, device: opaque('phone') }) },
    { user: 'alice' },
  ],
  [
    'complex, a session of a user',
    { sub_id: complex({ user: ALICE, session: opaque('session-1') }) },
    { user: 'alice', session: 'session-1' },
  ],
  [
    'complex, a session of a user by mail',
    { sub_id: complex({ user: mail('alice@example.com'), session: opaque('session-1') }) },
    { email: 'alice@example.com', session: 'session-1' },
  ],
  [
    'complex, a session of an opaque user',
    { sub_id: complex({ user: opaque('alice'), session: opaque('session-1') }) },
    { user: 'alice', session: 'session-1' },
  ],
  [
    'complex, a session by issuer and name',
    { sub_id: complex({ session: { format: 'iss_sub', iss: ISSUER, sub: 'session-1' } }) },
    { session: 'session-1' },
  ],
  [
    'complex, a session alone',
    { sub_id: complex({ session: opaque('session-1') }) },
    { session: 'session-1' },
  ],
  [
    'complex, a session that cannot be matched',
    { sub_id: complex({ user: ALICE, session: { format: 'ip-addresses' } }) },
    { user: 'alice' },
  ],
  [
    'complex, a session that is a token',
    { sub_id: complex({ user: ALICE, session: jwt('token-1') }) },
    { user: 'alice', token: 'token-1' },
  ],
  [
    'complex, a user of another issuer',
    { sub_id: complex({ user: { ...ALICE, iss: EVIL }, session: opaque('ALL') }) },
    {},
  ],
  ['complex, a tenant', { sub_id: complex({ tenant: opaque('alice') }) }, {}],
  ['complex in a complex one', { sub_id: complex({ user: complex({ user: ALICE }) }) }, {}],
  ['complex without a format', { sub_id: { user: ALICE } }, { user: 'alice' }],
  [
    'aliases',
    { sub_id: aliases({ format: 'phone_number', phone_number: '+1' }, ALICE) },
    { user: 'alice' },
  ],
  [
    'aliases, one of another issuer',
    { sub_id: aliases({ ...ALICE, iss: EVIL }, mail('alice@example.com')) },
    { email: 'alice@example.com' },
  ],
  ['aliases in aliases', { sub_id: aliases(aliases(ALICE)) }, {}],
  ['aliases that are no list', { sub_id: { format: 'aliases', identifiers: ALICE } }, {}],
  [
    'complex, aliases of a user',
    { sub_id: complex({ user: aliases(ALICE, { format: 'did', url: 'did:x' }) }) },
    { user: 'alice' },
  ],
  ['phone_number', { sub_id: { format: 'phone_number', phone_number: 'alice' } }, {}],
  ['account', { sub_id: { format: 'account', uri: 'acct:alice@example.com' } }, {}],
  ['did', { sub_id: { format: 'did', url: 'did:example:alice' } }, {}],
  ['uri', { sub_id: { format: 'uri', uri: 'https://example.com/alice' } }, {}],
  ['of a format that nobody knows', { sub_id: { format: 'x', id: 'alice', sub: 'alice' } }, {}],
  ['a text', { sub_id: 'alice' }, {}],
  ['null', { sub_id: null }, {}],
  ['none', { sub_id: undefined }, {}],
  ['`sub`', { sub_id: undefined, sub: 'alice' }, { user: 'alice' }],
  ['`sub` beside a subject', { sub_id: { format: 'did' }, sub: 'alice' }, {}],
]

/** What an event does, for the oracle. */
type Effect = 'session' | 'user' | 'claims' | 'nothing'

const EVENTS: readonly (readonly [type: string, Effect, Partial<SecurityEventOptions>?])[] = [
  [SESSION_REVOKED, 'session'],
  [CREDENTIAL_CHANGE, 'user'],
  [CREDENTIAL_CHANGE, 'nothing', { onCredentialChange: 'ignore' }],
  [CREDENTIAL_CHANGE, 'user', { onTokenClaimsChange: 'ignore' }],
  [CLAIMS_CHANGE, 'claims'],
  [CLAIMS_CHANGE, 'nothing', { onTokenClaimsChange: 'ignore' }],
  [ACCOUNT_DISABLED, 'user', { onCredentialChange: 'ignore', onTokenClaimsChange: 'ignore' }],
  [ACCOUNT_PURGED, 'user'],
  [CREDENTIAL_COMPROMISE, 'user', { onCredentialChange: 'ignore' }],
  [SESSIONS_REVOKED, 'user'],
  ['https://schemas.openid.net/secevent/caep/event-type/session-established', 'nothing'],
  ['https://schemas.openid.net/secevent/risc/event-type/account-enabled', 'nothing'],
  [SESSION_REVOKED.toUpperCase(), 'nothing'],
  ['constructor', 'nothing'],
]

/** Tokens of a user: before, in, and after the second of the event. */
function tokensOf(sub: string, sid: string | undefined, email: string | undefined): Claims[] {
  const jti = sub === 'alice' ? 'token-1' : 'token-2'
  return [EVENT - 1, EVENT, EVENT + 1].map((iat) => ({ sub, sid, email, iat, jti }))
}

const TOKENS: readonly Claims[] = [
  ...[undefined, 'session-1', 'session-2'].flatMap((sid) =>
    [undefined, 'Alice@EXAMPLE.com'].flatMap((email) => tokensOf('alice', sid, email)),
  ),
  ...tokensOf('bob', undefined, undefined),
  ...tokensOf('bob', 'session-3', 'bob@example.com'),
]

/** The oracle: whether an event revokes a token, by the words of CAEP-1. */
function mustBeRevoked(effect: Effect, meaning: Meaning, token: Claims): boolean {
  if (effect === 'nothing') return false
  const { user, email, session, either, token: jti } = meaning
  if (jti !== undefined && token.jti === jti) return true
  const isBefore = Number(token.iat) <= EVENT
  const isTheirs =
    (user !== undefined && token.sub === user) ||
    (email !== undefined && String(token.email).toLowerCase() === email) ||
    (either !== undefined && token.sub === either)
  const named = session ?? either
  const isNamed = named !== undefined && token.sid === named
  if (isNamed && effect === 'session') return true
  if (session === undefined || effect === 'user') return (isTheirs || isNamed) && isBefore
  // One session is meant. A token that names no session may be of it.
  return (isNamed || (isTheirs && token.sid === undefined)) && isBefore
}

async function revokedOf(server: ResourceServer, tokens: readonly string[]): Promise<boolean[]> {
  const decisions = await Promise.all(tokens.map((token) => server.authenticate(bearer(token))))
  return decisions.map((decision) => {
    if (decision.outcome === 'allowed') return false
    expect(decision.reason).toBe('token_revoked')
    return true
  })
}

describe('what a security event revokes', async () => {
  const tokens = await Promise.all(TOKENS.map((claims) => signToken({ claims })))

  it.each(SUBJECTS)(
    'CAEP-1: subject %s: every event, every token, as the oracle says',
    async (_name, subject, meaning) => {
      for (const [type, effect, options] of EVENTS) {
        const server = receiver({}, options)
        const events = { [type]: { event_timestamp: EVENT } }
        const set = await signSet({ ...subject, events })
        expect(errorOf(await push(server, set))).toBeUndefined()
        const expected = TOKENS.map((token) => mustBeRevoked(effect, meaning, token))
        expect(await revokedOf(server, tokens), type).toEqual(expected)
      }
    },
  )

  it('CAEP-1: the older form, `subject` in the event, means the same as `sub_id`', async () => {
    for (const [name, { sub_id: subject }, meaning] of SUBJECTS) {
      if (subject === undefined) continue
      const server = receiver()
      const events = { [SESSION_REVOKED]: { event_timestamp: EVENT, subject } }
      const set = await signSet({ sub_id: undefined, events })
      expect(errorOf(await push(server, set))).toBeUndefined()
      const expected = TOKENS.map((token) => mustBeRevoked('session', meaning, token))
      expect(await revokedOf(server, tokens), name).toEqual(expected)
    }
  })

  it.each([
    ['subject_type', { subject_type: 'iss_sub', iss: ISSUER, sub: 'alice' }],
    ['subject_type with a hyphen', { subject_type: 'iss-sub', iss: ISSUER, sub: 'alice' }],
    ['format with a hyphen', { format: 'iss-sub', iss: ISSUER, sub: 'alice' }],
  ])('CAEP-1: %s of old RISC transmitters is read', async (_name, subject) => {
    const server = receiver()
    const events = { [SESSIONS_REVOKED]: { subject } }
    await push(server, await signSet({ sub_id: undefined, events }))
    expect(await revokedOf(server, tokens)).toEqual(TOKENS.map(({ sub }) => sub === 'alice'))
  })

  it('SET-1: several events in one message all count, also beside one that nobody knows', async () => {
    const server = receiver()
    const bob = { format: 'iss_sub', iss: ISSUER, sub: 'bob' }
    const events = {
      'https://example.com/unknown': {},
      [SESSION_REVOKED]: { subject: ALICE },
      [SESSIONS_REVOKED]: { subject: bob },
    }
    await push(server, await signSet({ sub_id: undefined, events }))
    expect(await revokedOf(server, tokens)).toEqual(TOKENS.map(() => true))
  })
})
