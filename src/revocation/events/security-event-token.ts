import { UnavailableError } from '../../errors/unavailable-error.ts'
import { isObject } from '../../json-object.ts'
import type { CompactJws } from '../../jws/compact-jws.ts'
import { quoted } from '../../quoted.ts'
import { checkMessageAudience, RefusedMessage } from '../signed-message.ts'

/** A security event token (RFC 8417) whose claims were checked. @internal */
export interface SecurityEventToken {
  readonly tokenId: string
  /** `iat`, in seconds since the epoch. */
  readonly issuedAt: number
  /** `toe`: when the events happened, as the transmitter says. */
  readonly happenedAt: unknown
  /** The events by their types. */
  readonly events: readonly (readonly [type: string, event: Readonly<Record<string, unknown>>])[]
  /** `sub_id`. */
  readonly subjectId: unknown
  /** `sub`. */
  readonly subject: unknown
}

/** What a security event token must agree with. @internal */
export interface ExpectedToken {
  readonly audiences: readonly string[]
  /** The clock, in seconds since the epoch. */
  readonly now: number
  readonly clockTolerance: number
}

const TYPES = new Set(['secevent+jwt', 'application/secevent+jwt'])

/** Most events in one token. SSF 1.0 wants one; RFC 8417 allows several that tell of the same thing. */
const MOST_EVENTS = 16

/**
 * Checks the claims of a security event token (RFC 8417 §2.2, SSF 1.0 §4). Its issuer is known, and its
 * signature is checked afterwards.
 *
 * `typ` must say what the token is, so that no other token of the issuer is taken for one. An `exp` is not
 * needed.
 *
 * @throws {RefusedMessage} @throws {UnavailableError} if the audience is not known yet
 * @internal
 */
export function checkSecurityEventToken(
  { type, claims }: CompactJws,
  { audiences, now, clockTolerance }: ExpectedToken,
): SecurityEventToken {
  if (!TYPES.has(type?.toLowerCase() ?? '')) {
    throw refused(`"typ" is ${quoted(type)}; expected "secevent+jwt"`)
  }
  if (audiences.length === 0) {
    const message = 'the audience of the stream of security events is not known yet'
    throw new UnavailableError('security_events_failed', message)
  }
  checkMessageAudience(claims.aud, audiences)
  const { iat, exp, jti, toe, events, sub_id: subjectId, sub: subject } = claims
  if (typeof iat !== 'number' || !(iat > 0 && iat <= now + clockTolerance)) {
    throw refused(`"iat" is ${quoted(iat)}; expected a time in the past in seconds`)
  }
  if (exp !== undefined && (typeof exp !== 'number' || !(now < exp + clockTolerance))) {
    throw refused(`"exp" is ${quoted(exp)}; expected a time in the future in seconds`)
  }
  if (typeof jti !== 'string' || jti === '') throw refused('"jti" is missing')
  return {
    tokenId: jti,
    issuedAt: iat,
    happenedAt: toe,
    events: readEvents(events),
    subjectId,
    subject,
  }
}

function readEvents(events: unknown): SecurityEventToken['events'] {
  const entries = isObject(events) ? Object.entries(events) : []
  if (entries.length === 0) throw refused('"events" is missing or empty')
  if (entries.length > MOST_EVENTS) throw refused(`"events" has more than ${MOST_EVENTS} members`)
  return entries.map(([type, event]) => {
    if (!isObject(event)) throw refused(`the event ${quoted(type)} is not an object`)
    return [type, event]
  })
}

function refused(message: string): RefusedMessage {
  return new RefusedMessage('request', message)
}
