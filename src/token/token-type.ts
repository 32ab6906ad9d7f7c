import { ChallengeError } from '../errors/challenge-error.ts'
import { isObject } from '../json-object.ts'
import { quoted } from '../quoted.ts'
import type { Claims } from './verified-token.ts'

const AT_JWT: ReadonlySet<string | undefined> = new Set(['at+jwt', 'application/at+jwt'])

/**
 * Whether the header `typ` of a JWT is `at+jwt` (RFC 9068 §2.1). Media types are compared without
 * regard to case (RFC 7515 §4.1.9).
 *
 * @internal
 */
export function isAtJwt(headerType: string | undefined): boolean {
  return AT_JWT.has(headerType?.toLowerCase())
}

/** Types of JWTs that are never access tokens, although the same issuer may sign them (RFC 8725 §3.11). */
const OTHER_KINDS: ReadonlySet<string | undefined> = new Set([
  'client-authentication+jwt',
  'dpop+jwt',
  'logout+jwt',
  'oauth-authz-req+jwt',
  'oauth-id-jag+jwt',
  'secevent+jwt',
  'token-introspection+jwt',
])

/** Claims that only ID tokens have (OpenID Connect Core 1.0 §2, §3.1.3.6, §3.3.2.11). @internal */
export const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash'] as const

/**
 * Refuses a JWT that says that it is something else than an access token. This holds for every profile:
 * a signed introspection answer has issuer, audience and the claims of a token inside (RFC 9701 §8.1), and a
 * security event or logout token has the claim `events` (RFC 8417 §2.2).
 *
 * @throws {ChallengeError} `token_type_refused`
 * @internal
 */
export function checkNotAnotherKind(headerType: string | undefined, claims: Claims): void {
  const name = headerType?.toLowerCase().replace(/^application\//, '')
  if (OTHER_KINDS.has(name)) {
    throw typeRefused(`the header "typ" is ${quoted(headerType)}, which is never an access token`)
  }
  if (claims.token_introspection !== undefined) {
    throw typeRefused('the claim "token_introspection" says that this is an introspection answer')
  }
  // A logout token of an older server has the type `JWT`, as the access tokens of some servers have.
  if (isObject(claims.events)) {
    throw typeRefused('the claim "events" says that this is a security event or a logout token')
  }
}

/**
 * Checks `token_type` of an introspection answer. The member is optional (RFC 7662 §2.2). It is
 * compared without regard to case (RFC 6749 §5.1).
 *
 * @throws {ChallengeError} `token_type_refused`, `sender_constraint_unmet`
 * @internal
 */
export function checkTokenType({ token_type: tokenType, cnf }: Claims): void {
  if (tokenType === undefined) return
  const name = typeof tokenType === 'string' ? tokenType.toLowerCase() : undefined
  // The token is bound to a key. Without `cnf.jkt`, nobody can check which one.
  if (name === 'dpop') {
    if (isObject(cnf) && cnf.jkt !== undefined) return
    throw new ChallengeError(
      'sender_constraint_unmet',
      '"token_type" is "DPoP", but "cnf" has no jkt',
    )
  }
  // Some servers answer `access_token`: the kind of token, not the way to use it.
  if (name !== 'bearer' && name !== 'access_token') {
    throw typeRefused(`"token_type" is ${quoted(tokenType)}`)
  }
}

/** Makes the error for a token that is not an access token. @internal */
export function typeRefused(message: string): ChallengeError {
  return new ChallengeError('token_type_refused', message)
}
