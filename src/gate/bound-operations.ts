import { ChallengeError } from '../errors/challenge-error.ts'
import type { CheckedRequest } from '../mcp/policy/check-request.ts'

/**
 * Refuses a bearer token for operations whose rules need a token that is bound to a DPoP key (the
 * member `dpop` of a rule).
 *
 * @param demand what the operations need; `undefined` when no policy applies
 * @throws {ChallengeError} `dpop_required`
 * @internal
 */
export function checkBoundOperations(
  requiredScopes: readonly string[],
  demand: CheckedRequest | undefined,
): void {
  if (demand?.unbound === undefined) return
  const detail = `${demand.unbound}: the rule needs a token that is bound to a DPoP key`
  throw new ChallengeError('dpop_required', detail, [
    ...new Set([...requiredScopes, ...demand.scopes]),
  ])
}
