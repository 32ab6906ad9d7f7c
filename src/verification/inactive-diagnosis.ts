import { quoted } from '../quoted.ts'
import { unverifiedClaims } from '../token/compact-jws.ts'
import type { ProfileName } from '../token/profile.ts'
import type { Claims } from '../token/verified-token.ts'

/** @internal */
export interface InactiveDiagnosisContext {
  readonly issuer: string
  /** The client that introspected. */
  readonly clientId: string
  readonly profile: ProfileName
  /** Seconds since the epoch. */
  readonly now: number
}

const PLAIN =
  'the authorization server calls the token inactive: expired, revoked, unknown to it, or not for this client'

/**
 * Why a token may be inactive, for the operator. `active: false` says no more (RFC 7662 §2.2), but a
 * JWT can be read. Nothing here is verified, and nothing is decided by it.
 *
 * @internal
 */
export function diagnoseInactive(token: string, context: InactiveDiagnosisContext): string {
  const claims = unverifiedClaims(token)
  const hint = claims === undefined ? undefined : hintFrom(claims, context)
  return hint === undefined ? PLAIN : `the authorization server calls the token inactive; ${hint}`
}

function hintFrom(claims: Claims, context: InactiveDiagnosisContext): string | undefined {
  const { issuer, clientId, profile, now } = context
  if (claims.iss !== issuer) {
    return `its "iss" is ${quoted(claims.iss)}, and ${quoted(issuer)} was asked`
  }
  if (typeof claims.exp === 'number' && claims.exp <= now) return 'by its "exp" it has expired'
  if (profile !== 'keycloak') return undefined
  if (claims.aud === undefined) {
    // A lightweight token has neither, and is active all the same.
    return claims.sub === undefined
      ? undefined
      : 'it has no "aud": did the client ask for the scope whose audience mapper names this server?'
  }
  const audience = Array.isArray(claims.aud) ? claims.aud : [claims.aud]
  if (audience.includes(clientId)) return undefined
  return (
    `its "aud" ${quoted(claims.aud)} does not name the introspecting client ${quoted(clientId)}, ` +
    'without which Keycloak (since 26.6.2) calls every token inactive: add an audience mapper ' +
    'with "Included Client Audience" set to that client'
  )
}
