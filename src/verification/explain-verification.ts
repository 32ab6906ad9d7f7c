import type { Explanation } from '../token/explanation.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenVerification } from './verification.ts'

/**
 * Explains what a verification checks. The rules of a verifier that a user wrote are unknown, so such a
 * verifier is one rule.
 *
 * @internal
 */
export async function explainVerification(
  verification: TokenVerification,
  presented: PresentedToken,
  explanation: Explanation,
): Promise<VerifiedToken | undefined> {
  if (verification.explain !== undefined) return verification.explain(presented, explanation)
  const verified = await explanation.check({
    rule: 'verifier',
    offline: 'not asked offline: the option `verifier` decides, and it may call another server',
    check: async () => verification.verify(presented, {}),
    seen: () => 'the option `verifier` accepts the token',
  })
  return verified?.token
}
