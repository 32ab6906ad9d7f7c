import { nothingRead } from './examined-claims.ts'
import type { Explanation } from './explanation.ts'
import {
  claimRulesFor,
  examinedClaims,
  type TokenEvidence,
  type TokenRules,
  tokenOf,
} from './rules.ts'
import { deepFreeze, type VerifiedToken } from './verified-token.ts'

/**
 * Explains every rule for the claims of a token: the rules that `checkToken` runs until one is broken.
 *
 * @param now seconds since the epoch
 * @param kind `complete`: as `checkToken`; `lightweight`: as `checkLightweightToken`
 * @param prefix stands before the names of the rules, if they have been explained for other claims
 * @returns the token as far as the rules could read it. It is not verified.
 * @internal
 */
export async function explainClaims(
  evidence: TokenEvidence,
  rules: TokenRules,
  now: number,
  explanation: Explanation,
  { kind = 'complete', prefix = '' }: { kind?: 'complete' | 'lightweight'; prefix?: string } = {},
): Promise<VerifiedToken> {
  const examined = examinedClaims(evidence, rules, now)
  const read = nothingRead()
  for (const rule of claimRulesFor(kind === 'complete')) {
    await explanation.check({
      rule: `${prefix}${rule.name}`,
      needs: rule.needs === undefined ? undefined : [`${prefix}${rule.needs}`],
      check: () => rule.check(examined, read),
      seen: () => rule.seen(examined, read),
      more: () => rule.more?.(examined, read),
    })
  }
  return deepFreeze(tokenOf(evidence, rules, read))
}
