import { checkBearerUse } from '../token/confirmation.ts'
import { readPresentedToken } from '../token/presented-token.ts'
import { foreignVerification } from './foreign-verification.ts'
import type { TokenVerifier } from './token-verifier.ts'
import type { TokenVerification } from './verification.ts'

/** A verification, and how long its tokens may be. @internal */
export interface VerificationBehind {
  readonly verification: TokenVerification
  /** Characters. */
  readonly maxTokenLength: number
}

const BEHIND = new WeakMap<
  TokenVerifier,
  VerificationBehind & { readonly verify: TokenVerifier['verify'] }
>()

/**
 * Makes the public verifier of a verification. It is given a token and nothing else, so no caller can
 * prove to it that a bound token is theirs: it refuses bound tokens (RFC 9449 §7.1, RFC 8705 §3).
 *
 * @internal
 */
export function bearerOnly(verification: TokenVerification, maxTokenLength: number): TokenVerifier {
  const verifier: TokenVerifier = {
    async verify(token, context = {}) {
      const presented = readPresentedToken(token, maxTokenLength)
      const verified = await verification.verify(presented, context)
      checkBearerUse(verified.token.confirmation)
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
 * The verification behind a public verifier. A verifier that this copy of the package did not make is
 * wrapped. So is one whose `verify` was replaced: its user may have put a check of their own in front.
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
