import { ChallengeError } from '../errors.ts'
import { quoted } from '../quoted.ts'

const AT_JWT = new Set(['at+jwt', 'application/at+jwt'])

/**
 * Whether the header `typ` of a JWT is `at+jwt` (RFC 9068 §2.1). Media types are compared without
 * regard to case (RFC 7515 §4.1.9).
 *
 * @internal
 */
export function isAtJwt(headerType: string | undefined): boolean {
  return AT_JWT.has(headerType?.toLowerCase() ?? '')
}

/**
 * Checks `token_type` of an introspection answer. The member is optional (RFC 7662 §2.2). It is
 * compared without regard to case (RFC 6749 §5.1).
 *
 * @throws {ChallengeError} `token_type_refused`, `sender_constraint_unmet`
 * @internal
 */
export function checkTokenType(tokenType: unknown): void {
  if (tokenType === undefined) return
  const name = typeof tokenType === 'string' ? tokenType.toLowerCase() : undefined
  // The token is bound to a key, also if the answer has no `cnf`. It was used without a proof.
  if (name === 'dpop') {
    throw new ChallengeError('sender_constraint_unmet', '"token_type" is "DPoP"')
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
