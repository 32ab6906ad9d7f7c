import { checkUnbound } from '../token/confirmation.ts'
import { readPresentedToken } from '../token/presented-token.ts'
import { foreignVerification } from './foreign-verification.ts'
import type { TokenVerifier } from './token-verifier.ts'
import type { TokenVerification } from './verification.ts'

/** The verification behind a public verifier, and the longest token that it accepts. @internal */
export interface VerificationBehind {
  readonly verification: TokenVerification
  /** The longest accepted token, in characters. */
  readonly maxTokenLength: number
}

const BEHIND = new WeakMap<
  TokenVerifier,
  VerificationBehind & { readonly verify: TokenVerifier['verify'] }
>()

/**
 * Makes the public verifier of a verification. The public verifier refuses bound tokens (RFC 9449 §7.1,
 * RFC 8705 §3): it gets the token without the request, so it cannot check a proof of possession.
 *
 * @internal
 */
export function bearerOnly(verification: TokenVerification, maxTokenLength: number): TokenVerifier {
  const verifier: TokenVerifier = {
    async verify(token, context = {}) {
      const presented = readPresentedToken(token, maxTokenLength)
      const verified = await verification.verify(presented, context)
      checkUnbound(verified.token.confirmation)
      return verified.token
    },
    async ready() {
      await verification.ready?.()
    },
    async close() {
      await verification.close?.()
    },
  }
  BEHIND.set(verifier, { verification, maxTokenLength, verify: verifier.verify })
  return verifier
}

/**
 * The verification behind a public verifier. A verifier of a user, or of another copy of this package,
 * is wrapped. A verifier whose `verify` was replaced is wrapped too, because the new `verify` may
 * have a check of its own.
 *
 * @internal
 */
export function verificationBehind(verifier: TokenVerifier): VerificationBehind {
  const known = BEHIND.get(verifier)
  if (known !== undefined && known.verify === verifier.verify) return known
  return {
    verification: foreignVerification(verifier),
    maxTokenLength: Number.POSITIVE_INFINITY,
  }
}
