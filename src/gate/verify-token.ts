import { ChallengeError, UnavailableError } from '../errors.ts'
import { nameOf, redacted } from '../redaction.ts'
import { PresentedToken, readPresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { VerificationContext } from '../verification/token-verifier.ts'
import type { TokenVerification } from '../verification/verification.ts'
import { checkPossession } from './check-possession.ts'

/** What the verification of a token needs to know of the resource server. @internal */
export interface TokenGate {
  readonly maxTokenLength: number
  readonly verification: TokenVerification
  readonly revocation: ((token: VerifiedToken) => boolean | Promise<boolean>) | undefined
}

/**
 * Checks everything about a token except its scopes, in this order: its length, whether it is genuine
 * and meant for this server (which a cache may answer), whether the caller possesses what it is bound
 * to, and whether it has been revoked. The last two are checked at every request, on a cache hit too.
 *
 * @param token a text, or a token whose length was checked when its header was read
 * @throws {ChallengeError} @throws {UnavailableError}
 * @internal
 */
export async function verifyToken(
  gate: TokenGate,
  token: string | PresentedToken,
  context: VerificationContext = {},
): Promise<VerifiedToken> {
  const presented =
    token instanceof PresentedToken ? token : readPresentedToken(token, gate.maxTokenLength)
  let verified: VerifiedToken
  try {
    const found = gate.verification.verify(presented, context)
    verified = (found instanceof Promise ? await found : found).token
  } catch (error) {
    throw redacted(error, presented.text)
  }
  checkPossession(verified)
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
