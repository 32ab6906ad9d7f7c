import { ChallengeError, UnavailableError } from '../errors.ts'
import { nameOf, redacted } from '../redaction.ts'
import { checkTokenText } from '../token/rules.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenVerifier, VerificationContext } from '../verification/token-verifier.ts'

const NO_VERIFIED_TOKEN =
  'verify() resolved with something else than a verified token, whose `scopes` are a list and whose ' +
  '`expiresAt` is a number; let createVerifiedToken() make it'

/** What the verification of a token needs to know of the resource server. @internal */
export interface TokenGate {
  readonly maxTokenLength: number
  readonly verifier: TokenVerifier
  readonly revocation: ((token: VerifiedToken) => boolean | Promise<boolean>) | undefined
}

/**
 * Checks everything about a token at every request, except its scopes: its length, whether it is
 * genuine and meant for this server, and whether it has been revoked.
 *
 * @throws {ChallengeError} @throws {UnavailableError}
 * @internal
 */
export async function verifyToken(
  gate: TokenGate,
  token: string,
  context: VerificationContext | undefined,
): Promise<VerifiedToken> {
  checkTokenText(token, gate.maxTokenLength)
  let verified: VerifiedToken
  try {
    verified = await gate.verifier.verify(token, context)
  } catch (error) {
    throw redacted(error, token)
  }
  // In a string, `includes` would find a part of a scope.
  if (!Array.isArray(verified?.scopes) || !Number.isFinite(verified.expiresAt)) {
    throw new UnavailableError('verifier_failed', NO_VERIFIED_TOKEN)
  }
  if (gate.revocation !== undefined) await checkRevocation(verified, gate.revocation)
  return verified
}

async function checkRevocation(
  token: VerifiedToken,
  isRevoked: (token: VerifiedToken) => boolean | Promise<boolean>,
): Promise<void> {
  let revoked: boolean
  try {
    revoked = await isRevoked(token)
  } catch (cause) {
    throw new UnavailableError('revocation_check_failed', `revocation: ${nameOf(cause)}`, { cause })
  }
  if (revoked === false) return
  if (revoked === true) throw new ChallengeError('token_revoked', 'the token has been revoked')
  // Neither a "yes" nor a "no": a mistake of ours must not throw good tokens away.
  throw new UnavailableError('revocation_check_failed', 'revocation() gave neither true nor false')
}
