import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { Explanation } from '../token/explanation.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { VerificationContext } from './token-verifier.ts'

/**
 * The result of verifying a token: the token is genuine and for this server. It is plain data without
 * the token's text, so a cache that several processes share can store it.
 *
 * The result does not mean that the caller may use the token. The token may be bound to a key
 * (`token.confirmation`), and the gate checks possession of the key at every request.
 *
 * @internal
 */
export interface Verification {
  readonly token: VerifiedToken
  /** The `id` of the key that verified the token's signature; `undefined` if no signature was verified. */
  readonly keyId: string | undefined
  /** Seconds for which this result may be reused. `Infinity` means until the token expires. */
  readonly maxAge: number
}

/**
 * Verifies tokens, including bound tokens. The gate and the cache use this interface. Users get a
 * `TokenVerifier` instead, which refuses bound tokens: see `bearerOnly`.
 *
 * @internal
 */
export interface TokenVerification {
  /**
   * Verifies a token. It returns a promise only if the result is not known already.
   *
   * @throws {ChallengeError} if the token is invalid
   * @throws {UnavailableError} if the token cannot be verified now
   */
  verify(presented: PresentedToken, context: VerificationContext): MaybePromise<Verification>
  /**
   * Whether an earlier result is still trusted, for example because the issuer still has the key. The
   * cache calls this at every hit. The result may come from another process.
   */
  stillTrusts(verification: Verification): MaybePromise<boolean>
  /**
   * Explains what {@link verify} would check. It runs the same checks, and goes on after a broken rule.
   *
   * @returns what could be read of the token, which is verified only if every rule holds; `undefined` if
   * it has not got that far
   */
  explain?(presented: PresentedToken, explanation: Explanation): Promise<VerifiedToken | undefined>
  /**
   * Whether a key of a configured issuer has signed the token, whatever its claims say. It explains
   * refusals to the operator, and decides nothing. `false` if it cannot be found out.
   */
  isSigned?(presented: PresentedToken): Promise<boolean>
  /** Drops the result of a token from a cache. The next request verifies the token anew. */
  forget?(presented: PresentedToken): void
  ready?(): Promise<void>
  close?(): Promise<void>
}
