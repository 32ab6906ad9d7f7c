import { ChallengeError } from '../errors/challenge-error.ts'
import type { ChallengeReason } from '../errors/reasons.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { Explanation } from '../token/explanation.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { SettledProfile } from '../token/settled-profile.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { explainVerification } from './explain-verification.ts'
import type { VerificationContext } from './token-verifier.ts'
import type { TokenVerification, Verification } from './verification.ts'

/**
 * Adds the explanations of the profiles to refusals. A profile knows why the tokens of its authorization
 * server are usually refused, for example that a client requested a token for another API. The decision
 * stays the same.
 *
 * @param profiles the profiles of all issuers. The first one that explains a refusal counts, because the
 * issuer of a refused token may be unknown.
 * @returns the verification itself if no profile has such explanations
 * @internal
 */
export function withRefusalHints(
  verification: TokenVerification,
  profiles: readonly SettledProfile[],
): TokenVerification {
  const hints = profiles.flatMap(({ hints: { refused } }) => refused ?? [])
  return hints.length === 0 ? verification : new HintedVerification(verification, hints)
}

type RefusedHint = NonNullable<SettledProfile['hints']['refused']>

class HintedVerification implements TokenVerification {
  readonly #verification: TokenVerification
  readonly #hints: readonly RefusedHint[]

  constructor(verification: TokenVerification, hints: readonly RefusedHint[]) {
    this.#verification = verification
    this.#hints = hints
  }

  async verify(presented: PresentedToken, context: VerificationContext): Promise<Verification> {
    try {
      return await this.#verification.verify(presented, context)
    } catch (error) {
      throw error instanceof ChallengeError ? this.#explained(error, presented) : error
    }
  }

  explain(presented: PresentedToken, explanation: Explanation): Promise<VerifiedToken | undefined> {
    explanation.hintAt = (reason) => this.#hint(reason, presented)
    return explainVerification(this.#verification, presented, explanation)
  }

  stillTrusts(verification: Verification): MaybePromise<boolean> {
    return this.#verification.stillTrusts(verification)
  }

  async isSigned(presented: PresentedToken): Promise<boolean> {
    return (await this.#verification.isSigned?.(presented)) === true
  }

  async ready(): Promise<void> {
    await this.#verification.ready?.()
  }

  async close(): Promise<void> {
    await this.#verification.close?.()
  }

  #explained(error: ChallengeError, presented: PresentedToken): ChallengeError {
    const hint = this.#hint(error.reason, presented)
    if (hint === undefined) return error
    const { reason, message, requiredScopes, nearMiss } = error
    return new ChallengeError(reason, `${message}; ${hint}`, requiredScopes, nearMiss)
  }

  #hint(reason: ChallengeReason, presented: PresentedToken): string | undefined {
    const claims = presented.claims()
    for (const refused of this.#hints) {
      const hint = refused(reason, claims)
      if (hint !== undefined) return hint
    }
    return undefined
  }
}
