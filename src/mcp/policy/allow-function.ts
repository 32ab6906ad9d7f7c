import { UnavailableError } from '../../errors/unavailable-error.ts'
import { isThenable, type MaybePromise } from '../../storage/maybe-promise.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import { describeOperation } from './operation.ts'
import type { Operation } from './options.ts'
import type { Rule } from './rule.ts'

/**
 * Calls the function `allow` of a rule.
 *
 * @throws {UnavailableError} `policy_failed` when the function throws, rejects, or returns anything but
 * a boolean; also any UnavailableError of the function itself
 * @internal
 */
export function callAllow(
  allow: NonNullable<Rule['allow']>,
  operation: Operation,
  token: VerifiedToken,
): MaybePromise<boolean> {
  const checked = (answer: unknown): boolean => {
    if (typeof answer === 'boolean') return answer
    const detail = `${describeOperation(operation)}: the function returned neither true nor false`
    throw new UnavailableError('policy_failed', detail)
  }
  const failed = (cause: unknown): never => {
    if (cause instanceof UnavailableError) throw cause
    // The detail has only the name of the error, because its message may contain data of the user's
    // database.
    const name = cause instanceof Error ? cause.name : typeof cause
    const detail = `${describeOperation(operation)}: the function failed with ${name}`
    throw new UnavailableError('policy_failed', detail, { cause })
  }
  try {
    const answer: unknown = allow(token, operation)
    return isThenable(answer)
      ? Promise.resolve(answer).then(checked).catch(failed)
      : checked(answer)
  } catch (cause) {
    return failed(cause)
  }
}
