import { ChallengeError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerificationContext } from './token-verifier.ts'
import type { TokenVerification, Verification } from './verification.ts'

/**
 * Hands each token to the verification of the issuer that the token names. The name is not verified
 * yet: it only chooses by whose keys and rules the token is verified, and those check the issuer again.
 * Keys of one issuer never verify another's tokens (RFC 8725 §3.8).
 *
 * @internal
 */
export class ByIssuer implements TokenVerification {
  readonly #verifications: ReadonlyMap<string, TokenVerification>
  readonly #opaque: TokenVerification | undefined

  /** @param opaque takes the tokens that name no issuer */
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

  async ready(): Promise<void> {
    await Promise.all([...this.#verifications.values()].map((one) => one.ready?.()))
  }

  #verificationFor(presented: PresentedToken): TokenVerification {
    if (presented.shape === 'opaque') {
      if (this.#opaque !== undefined) return this.#opaque
      throw new ChallengeError('token_opaque', 'not a JWT, and this server does not introspect')
    }
    const { iss } = presented.jws().claims
    const verification = typeof iss === 'string' ? this.#verifications.get(iss) : undefined
    if (verification !== undefined) return verification
    if (iss === undefined) throw new ChallengeError('issuer_missing', 'no "iss"')
    throw new ChallengeError('issuer_unknown', `"iss" is ${quoted(iss)}, not a configured issuer`)
  }
}
