import { ChallengeError } from '../errors/challenge-error.ts'
import type { ChallengeReason } from '../errors/reasons.ts'

/** Makes the error for a DPoP proof that is refused. @internal */
export function refusedProof(reason: ChallengeReason, found: string): ChallengeError {
  return new ChallengeError(reason, `the DPoP proof: ${found}`)
}
