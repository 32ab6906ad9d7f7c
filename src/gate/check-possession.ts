import { checkBearerUse } from '../token/confirmation.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/**
 * Checks, at every request, that the caller possesses what the token is bound to. A proof (DPoP, client
 * certificate) cannot be checked yet, so every bound token is refused.
 *
 * @throws {ChallengeError} `sender_constraint_unmet`
 * @internal
 */
export function checkPossession(token: VerifiedToken): void {
  checkBearerUse(token.confirmation)
}
