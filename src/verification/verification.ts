import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { VerificationContext } from './token-verifier.ts'

/**
 * The result of verifying a token. It is plain data without the token's text, so a cache that several
 * processes share can keep it. It says that the token is genuine and meant for this server. It does not
 * say that the caller may use the token: the token may be bound to a key that the caller has to prove
 * (`token.confirmation`), and the gate checks that at every request.
 *
 * @internal
 */
export interface Verification {
  readonly token: VerifiedToken
  /** `id` of the key that the token's signature was checked with; absent where there was none. */
  readonly keyId: string | undefined
  /** Seconds for which this result may be used again. `Infinity`: until the token expires. */
  readonly maxAge: number
}

/**
 * Verifies tokens, bound ones included. The gate and the cache use this interface. Users get a
 * `TokenVerifier` in its place, which refuses bound tokens: see `bearerOnly`.
 *
 * @internal
 */
export interface TokenVerification {
  /**
   * Gives the result without a promise where it is at hand.
   *
   * @throws {ChallengeError} when the token is not good
   * @throws {UnavailableError} when it cannot be verified now
   */
  verify(presented: PresentedToken, context: VerificationContext): MaybePromise<Verification>
  /**
   * Whether an earlier result may be used again, for example whether the issuer still has the key. A
   * cache asks at every hit. The result may come from another process.
   */
  stillTrusts(verification: Verification): MaybePromise<boolean>
  ready?(): Promise<void>
  close?(): Promise<void>
}
