import { ChallengeError } from '../errors/challenge-error.ts'
import { quoted } from '../quoted.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { Explanation } from '../token/explanation.ts'
import { issuerNearMiss } from '../token/near-miss.ts'
import { nearMissText } from '../token/near-miss-texts.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { explainVerification } from './explain-verification.ts'
import type { VerificationContext } from './token-verifier.ts'
import type { TokenVerification, Verification } from './verification.ts'

/**
 * Gives each token to the verification of the issuer in its `iss`. This `iss` is not verified yet. It
 * only selects the keys and rules, and the rules check `iss` again. So the keys of one issuer never
 * verify tokens of another issuer (RFC 8725 §3.8).
 *
 * @internal
 */
export class ByIssuer implements TokenVerification {
  readonly #verifications: ReadonlyMap<string, TokenVerification>
  readonly #opaque: TokenVerification | undefined

  /** @param opaque the verification for opaque tokens, which name no issuer */
  constructor(
    verifications: ReadonlyMap<string, TokenVerification>,
    opaque: TokenVerification | undefined,
  ) {
    this.#verifications = verifications
    this.#opaque = opaque
  }

  verify(presented: PresentedToken, context: VerificationContext): MaybePromise<Verification> {
    return this.#verificationFor(presented).verify(presented, context)
  }

  stillTrusts(verification: Verification): MaybePromise<boolean> {
    return this.#verifications.get(verification.token.issuer)?.stillTrusts(verification) ?? false
  }

  async explain(
    presented: PresentedToken,
    explanation: Explanation,
  ): Promise<VerifiedToken | undefined> {
    let verification: TokenVerification
    try {
      verification = this.#verificationFor(presented)
    } catch (error) {
      // The issuer says which rules there are. So none of them can be explained.
      const reason = error instanceof ChallengeError ? error.reason : undefined
      const rule = reason?.startsWith('issuer_') === true ? 'issuer' : 'format'
      await explanation.check({
        rule,
        check: () => {
          throw error
        },
        seen: () => '',
      })
      return undefined
    }
    return explainVerification(verification, presented, explanation)
  }

  /**
   * Asks the issuer that the token names. If it is unknown, all are asked: a token that spells its issuer
   * wrongly has the keys of the right one.
   */
  async isSigned(presented: PresentedToken): Promise<boolean> {
    const { iss } = presented.claims() ?? {}
    const named = typeof iss === 'string' ? this.#verifications.get(iss) : undefined
    for (const verification of named === undefined ? this.#verifications.values() : [named]) {
      if (await verification.isSigned?.(presented)) return true
    }
    return false
  }

  async ready(): Promise<void> {
    await Promise.all([...this.#verifications.values()].map((one) => one.ready?.()))
  }

  #verificationFor(presented: PresentedToken): TokenVerification {
    if (presented.shape === 'opaque') {
      if (this.#opaque !== undefined) return this.#opaque
      throw new ChallengeError(
        'token_opaque',
        'the token is not a JWT, and no introspection is configured',
      )
    }
    const { iss } = presented.jws().claims
    const verification = typeof iss === 'string' ? this.#verifications.get(iss) : undefined
    if (verification !== undefined) return verification
    if (iss === undefined) throw new ChallengeError('issuer_missing', 'no "iss"')
    const nearMiss = issuerNearMiss(iss, this.#verifications.keys())
    const detail = `"iss" is ${quoted(iss)}, not a configured issuer${nearMissText(nearMiss)}`
    throw new ChallengeError('issuer_unknown', detail, undefined, nearMiss)
  }
}
