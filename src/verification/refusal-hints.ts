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
 * @param profiles the profiles by issuer. The profile of the issuer that a token names explains its refusal.
 * If the issuer is unknown, the first profile that explains the refusal counts.
 * @param opaque the issuer that is asked about opaque tokens, which name no issuer
 * @returns the verification itself if no profile has such explanations
 * @internal
 */
export function withRefusalHints(
  verification: TokenVerification,
  profiles: readonly (readonly [string, SettledProfile])[],
  opaque?: string,
): TokenVerification {
  return profiles.every(([, { hints }]) => hints.refused === undefined)
    ? verification
    : new HintedVerification(verification, new Map(profiles), opaque)
}

class HintedVerification implements TokenVerification {
  readonly #verification: TokenVerification
  readonly #profiles: ReadonlyMap<string, SettledProfile>
  readonly #opaque: string | undefined

  constructor(
    verification: TokenVerification,
    profiles: ReadonlyMap<string, SettledProfile>,
    opaque: string | undefined,
  ) {
    this.#verification = verification
    this.#profiles = profiles
    this.#opaque = opaque
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
    const issuer = claims === undefined ? this.#opaque : claims.iss
    const named = typeof issuer === 'string' ? this.#profiles.get(issuer) : undefined
    for (const { hints } of named === undefined ? this.#profiles.values() : [named]) {
      const hint = hints.refused?.(reason, claims)
      if (hint !== undefined) return hint
    }
    return undefined
  }
}
