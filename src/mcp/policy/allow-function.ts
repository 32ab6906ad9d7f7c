import { UnavailableError } from '../../errors.ts'
import { isThenable, type MaybePromise } from '../../storage/maybe-promise.ts'
import type { VerifiedToken } from '../../token/verified-token.ts'
import { describeOperation } from './operation.ts'
import type { AppliedRule } from './rule.ts'

/**
 * Calls the function `allow` of a rule. A rule without a function gives `true`.
 *
 * @throws {UnavailableError} `policy_failed` when the function throws, rejects, or gives anything but
 * a boolean; an UnavailableError of the function itself is passed on
 * @internal
 */
export function callAllow(
  { rule, operation }: AppliedRule,
  token: VerifiedToken,
): MaybePromise<boolean> {
  if (rule.allow === undefined) return true
  const checked = (answer: unknown): boolean => {
    if (typeof answer === 'boolean') return answer
    const detail = `${describeOperation(operation)}: the function gave neither true nor false`
    throw new UnavailableError('policy_failed', detail)
  }
  const failed = (cause: unknown): never => {
    if (cause instanceof UnavailableError) throw cause
    // Only the error's name: its message may hold data of the user's own store.
    const name = cause instanceof Error ? cause.name : typeof cause
    const detail = `${describeOperation(operation)}: the function failed with ${name}`
    throw new UnavailableError('policy_failed', detail, { cause })
  }
  try {
    const answer: unknown = rule.allow(token, operation)
    return isThenable(answer)
      ? Promise.resolve(answer).then(checked).catch(failed)
      : checked(answer)
  } catch (cause) {
    return failed(cause)
  }
}
