import { quoted } from '../quoted.ts'
import type { SettledProfile } from '../token/settled-profile.ts'
import type { Claims } from '../token/verified-token.ts'

/** @internal */
export interface InactiveDiagnosisContext {
  readonly issuer: string
  /** The client that introspected. */
  readonly clientId: string
  readonly profile: SettledProfile
  /** Seconds since the epoch. */
  readonly now: number
}

const PLAIN =
  'the authorization server calls the token inactive: expired, revoked, unknown to it, or not for this client'

/**
 * Explains to the operator why a token may be inactive. `active: false` gives no reason (RFC 7662
 * §2.2), but the claims of a JWT can be read. They are not verified, and decide nothing.
 *
 * @param claims of the token, where it is a JWT
 * @internal
 */
export function diagnoseInactive(
  claims: Claims | undefined,
  context: InactiveDiagnosisContext,
): string {
  const hint = claims === undefined ? undefined : hintFrom(claims, context)
  return hint === undefined ? PLAIN : `the authorization server calls the token inactive; ${hint}`
}

function hintFrom(claims: Claims, context: InactiveDiagnosisContext): string | undefined {
  const { issuer, clientId, profile, now } = context
  if (claims.iss !== issuer) {
    return `its "iss" is ${quoted(claims.iss)}, and ${quoted(issuer)} was asked`
  }
  if (typeof claims.exp === 'number' && claims.exp <= now) return 'by its "exp" it has expired'
  return profile.hints.inactive(claims, clientId)
}
