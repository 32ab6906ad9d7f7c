import type { RevocationKind, RevokedTokens } from '../revocation.ts'
import { eventTime } from './event-time.ts'
import { EVENT_EFFECTS, type EventEffect } from './event-types.ts'
import type { SecurityEventToken } from './security-event-token.ts'
import { readSubject, type Subject, type Target } from './subject.ts'

/** @internal */
export interface EventRules {
  readonly issuer: string
  readonly onCredentialChange: 'revoke' | 'ignore'
  readonly onTokenClaimsChange: 'revoke' | 'ignore'
  readonly longestTokenLife: number
  /** The clock and its tolerance, in seconds since the epoch. */
  readonly latest: number
}

/**
 * What an event revokes.
 *
 * @returns a text for operators if the event has no effect
 * @throws {RefusedMessage} if the subject has too many aliases
 * @internal
 */
export function revokedBy(
  type: string,
  event: Readonly<Record<string, unknown>>,
  set: SecurityEventToken,
  rules: EventRules,
): readonly RevokedTokens[] | string {
  const effect = EVENT_EFFECTS.get(type)
  if (effect === undefined) return 'this type of event has no effect here'
  const option = OPTIONS[effect]
  if (option !== undefined && rules[option] === 'ignore') {
    return `the option \`${option}\` ignores it`
  }
  const { issuer, latest, longestTokenLife } = rules
  const { targets, unmatched } = subjectOf(event, set, issuer)
  if (targets.length === 0) {
    const why = unmatched.slice(0, 3).join(', ') || 'it has none'
    return `no token can be matched to its subject: ${why}`
  }
  const { issuedAt, happenedAt } = set
  const told = [event.event_timestamp, happenedAt]
  const time = eventTime({ told, issuedAt, latest, longestTokenLife })
  const at = Math.max(time, issuedAt)
  return targets.map(({ kind, id, inSession }) => ({
    issuer,
    kind: kindOf(kind, inSession && SESSION_EFFECTS.has(effect)),
    id,
    issuedUntil: isForGood(kind, effect) ? undefined : Math.floor(time),
    at,
  }))
}

/** The options that switch effects off. */
const OPTIONS = {
  session: undefined,
  user: undefined,
  credential: 'onCredentialChange',
  claims: 'onTokenClaimsChange',
} as const

/** The effects that can be limited to one session of a user. */
const SESSION_EFFECTS: ReadonlySet<EventEffect> = new Set(['session', 'claims'])

/** Whether the tokens are revoked whenever they were issued. A session that goes on gets tokens later. */
function isForGood(kind: Target['kind'], effect: EventEffect): boolean {
  return kind === 'token' || (kind === 'session' && effect === 'session')
}

/** A token of the user that names no session may belong to the session that is meant. */
function kindOf(kind: Target['kind'], inSession: boolean): RevocationKind {
  if (!inSession) return kind
  return kind === 'email' ? 'sessionless_email' : 'sessionless'
}

/**
 * The subject of an event: `sub_id` (SSF 1.0 §3.1), the older `subject` of the event, or both. If neither is
 * there, `sub` counts (RFC 8417 §2.2).
 */
function subjectOf(
  { subject: older }: Readonly<Record<string, unknown>>,
  { subjectId, subject }: SecurityEventToken,
  issuer: string,
): Subject {
  const given = [subjectId, older].filter((identifier) => identifier !== undefined)
  if (given.length === 0 && subject !== undefined) {
    given.push({ format: 'iss_sub', iss: issuer, sub: subject })
  }
  const read = given.map((identifier) => readSubject(identifier, issuer))
  return {
    targets: read.flatMap(({ targets }) => targets),
    unmatched: read.flatMap(({ unmatched }) => unmatched),
  }
}
