import { checkBearerUse } from '../token/confirmation.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/**
 * Checks that the caller possesses the key or certificate that the token is bound to. The gate does
 * this on every request. It cannot check a proof (DPoP, client certificate) yet, so it refuses every
 * bound token.
 *
 * @throws {ChallengeError} `sender_constraint_unmet`
 * @internal
 */
export function checkPossession(token: VerifiedToken): void {
  checkBearerUse(token.confirmation)
}
