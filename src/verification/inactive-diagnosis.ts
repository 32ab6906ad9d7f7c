import { quoted } from '../quoted.ts'
import type { SettledProfile } from '../token/settled-profile.ts'
import type { Claims } from '../token/verified-token.ts'

/** What {@link diagnoseInactive} needs besides the claims. @internal */
export interface InactiveDiagnosisContext {
  readonly issuer: string
  /** The client that introspected; `undefined` if the endpoint asks for no client. */
  readonly clientId: string | undefined
  readonly profile: SettledProfile
  /** The current time, in seconds since the epoch. */
  readonly now: number
}

const PLAIN =
  'the authorization server calls the token inactive: expired, revoked, unknown to it, or not for this client'

/**
 * Explains to the operator why a token may be inactive. The answer `active: false` has no reason
 * (RFC 7662 §2.2), so the explanation comes from the claims of the JWT. They are not verified, and have
 * no effect on decisions.
 *
 * @param claims the claims of the token; `undefined` if it is not a JWT
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
  if (typeof claims.exp === 'number' && claims.exp <= now)
    return 'its "exp" says that it has expired'
  return clientId === undefined ? undefined : profile.hints.inactive(claims, clientId)
}
