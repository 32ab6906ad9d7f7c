import { ChallengeError } from '../errors/challenge-error.ts'
import { RequestRefusedError } from '../errors/request-refused-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'

/** An error that decides how a request is answered. @internal */
export type Failure = ChallengeError | RequestRefusedError | UnavailableError

/** @internal */
export function isFailure(error: unknown): error is Failure {
  return (
    error instanceof ChallengeError ||
    error instanceof RequestRefusedError ||
    error instanceof UnavailableError
  )
}

/** The outcome of the decision that a failure becomes. @internal */
export function outcomeOf(failure: Failure): 'challenged' | 'refused' | 'unavailable' {
  if (failure instanceof UnavailableError) return 'unavailable'
  return failure instanceof ChallengeError ? 'challenged' : 'refused'
}
