import { ChallengeError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import { realmAccessRoles, rolesClaim } from './roles.ts'
import type { Claims } from './verified-token.ts'

/** The name of a token profile: how an authorization server marks its access tokens. */
export type ProfileName = 'rfc9068' | 'keycloak'

/** What tells an access token from the other tokens that one issuer signs. @internal */
export interface TypeEvidence {
  readonly claims: Claims
  /** `typ` of the JOSE header; of a JWT only. */
  readonly headerType: string | undefined
  readonly source: 'jwt' | 'introspection'
}

/** @internal */
export interface TokenProfile {
  readonly name: ProfileName
  /** Claims that a JWT must have, beside `iss`, `aud` and `exp`, which every profile demands. */
  readonly requiredClaims: readonly string[]
  /** Where the client's id stands, in order of preference. */
  readonly clientIdClaims: readonly string[]
  /** Whether the server issues signed tokens that only introspection makes complete. */
  readonly lightweightTokens: boolean
  /** Reads the roles that the server puts into its tokens. */
  rolesOf(claims: Claims): readonly string[]
  /** @throws {ChallengeError} `token_type_refused` */
  checkType(evidence: TypeEvidence): void
}

const AT_JWT = new Set(['at+jwt', 'application/at+jwt'])

/** Media types are compared without regard to case (RFC 7515 §4.1.9). */
function isAtJwt(headerType: string | undefined): boolean {
  return AT_JWT.has(headerType?.toLowerCase() ?? '')
}

/** RFC 9068, nothing relaxed. */
const rfc9068: TokenProfile = {
  name: 'rfc9068',
  requiredClaims: ['sub', 'client_id', 'iat', 'jti'],
  clientIdClaims: ['client_id', 'azp'],
  lightweightTokens: false,
  rolesOf: rolesClaim,
  checkType({ claims, headerType, source }) {
    if (source === 'jwt' && !isAtJwt(headerType)) {
      throw refused(
        `header "typ" is ${quoted(headerType)}; RFC 9068 wants "at+jwt". Keycloak: profile "keycloak"; others: have the server issue RFC 9068 tokens, or use introspection`,
      )
    }
    if (source === 'introspection') checkTokenType(claims.token_type)
  },
}

/**
 * Keycloak 26. Relaxed against RFC 9068: the header's `typ` may be `JWT` (the default there), and
 * the client may be named by `azp` alone. In exchange the claim `typ` must say what the token is.
 */
const keycloak: TokenProfile = {
  name: 'keycloak',
  requiredClaims: ['sub', 'iat', 'jti'],
  clientIdClaims: ['client_id', 'azp'],
  lightweightTokens: true,
  // Realm roles alone: a client's role of the same name is another role, given by somebody else.
  rolesOf: realmAccessRoles,
  checkType({ claims, headerType, source }) {
    if (source === 'jwt' && headerType?.toLowerCase() !== 'jwt' && !isAtJwt(headerType)) {
      throw refused(
        `header "typ" is ${quoted(headerType)}; Keycloak's access tokens have "JWT" or "at+jwt"`,
      )
    }
    // ID, Refresh, Offline, Logout and the rest all carry another value here.
    const bound = claims.typ === 'DPoP' && hasThumbprint(claims.cnf)
    if (claims.typ !== 'Bearer' && !bound) {
      throw refused(`claim "typ" is ${quoted(claims.typ)}; Keycloak's access tokens have "Bearer"`)
    }
    if (source === 'introspection') checkTokenType(claims.token_type)
  },
}

/** @internal */
export const PROFILES: Readonly<Record<ProfileName, TokenProfile>> = { rfc9068, keycloak }

/**
 * RFC 7662 §2.2: optional, and as in RFC 6749 §5.1 without regard to case.
 *
 * @throws {ChallengeError} `token_type_refused`, `sender_constraint_unmet`
 * @internal
 */
export function checkTokenType(tokenType: unknown): void {
  if (tokenType === undefined) return
  const name = typeof tokenType === 'string' ? tokenType.toLowerCase() : undefined
  // Bound, and shown as a bearer token, whether or not `cnf` says what it is bound to.
  if (name === 'dpop') {
    throw new ChallengeError('sender_constraint_unmet', '"token_type" is "DPoP"')
  }
  // Some servers answer with the kind of token in place of the way to use it.
  if (name !== 'bearer' && name !== 'access_token') {
    throw refused(`"token_type" is ${quoted(tokenType)}`)
  }
}

function hasThumbprint(cnf: unknown): boolean {
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf
}

function refused(message: string): ChallengeError {
  return new ChallengeError('token_type_refused', message)
}
