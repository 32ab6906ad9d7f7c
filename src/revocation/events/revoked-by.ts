import type { TokenIssuer } from '../../authorization-server/token-issuer.ts'
import { isObject } from '../../json-object.ts'
import type { SecurityEventSettings } from '../options-schema.ts'
import type { RevokedTokens } from '../revocations.ts'
import { EVENT_EFFECTS } from './event-types.ts'
import type { SecurityEventToken } from './security-event-token.ts'

/**
 * What an event revokes.
 *
 * @returns why the event has no effect, for operators, if it has none
 * @internal
 */
export function revokedBy(
  type: string,
  event: Readonly<Record<string, unknown>>,
  set: SecurityEventToken,
  {
    server,
    settings,
  }: {
    readonly server: TokenIssuer
    readonly settings: Pick<SecurityEventSettings, 'onCredentialChange' | 'onTokenClaimsChange'>
  },
): readonly RevokedTokens[] | string {
  const effect = EVENT_EFFECTS.get(type)
  if (effect === undefined) return 'events of this type have no effect here'
  if (effect === 'credential' && settings.onCredentialChange === 'ignore') {
    return 'ignored, as the option `onCredentialChange` says'
  }
  if (effect === 'claims' && settings.onTokenClaimsChange === 'ignore') {
    return 'ignored, as the option `onTokenClaimsChange` says'
  }
  const subject = set.subjectId ?? event.subject
  const { issuer } = server
  const at = set.issuedAt
  if (isObject(subject) && subject.format === 'iss_sub' && subject.iss === issuer) {
    const id = String(subject.sub)
    return [{ issuer, kind: 'subject', id, issuedUntil: Math.floor(at), at }]
  }
  return 'its subject cannot be matched to tokens'
}
