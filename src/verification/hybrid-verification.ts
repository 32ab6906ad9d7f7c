import { type CompactJws, tokenShape } from '../token/compact-jws.ts'
import { stillGranted } from '../token/scope.ts'
import { type Claims, deepFreeze, type VerifiedToken } from '../token/verified-token.ts'
import type { IntrospectionVerification } from './introspection-verification.ts'
import type { JwtVerification } from './jwt-verification.ts'
import type { TokenVerifier, VerificationContext } from './token-verifier.ts'

/** @internal */
export interface HybridVerificationOptions {
  readonly jwt: JwtVerification
  readonly introspection: IntrospectionVerification
  /** Whether a JWT that passed is also asked about. */
  readonly confirm: boolean
  /** Members of an introspection answer that hold scopes. */
  readonly scopeClaims: readonly string[]
}

/**
 * JWTs by their signature, opaque tokens by introspection.
 *
 * A JWT that fails is refused: introspection is never a second opinion. It may only take away
 * (confirmation), or add what a lightweight token was made without.
 *
 * @internal
 */
export class HybridVerification implements TokenVerifier {
  readonly #options: HybridVerificationOptions

  constructor(options: HybridVerificationOptions) {
    this.#options = options
  }

  async verify(token: string, context: VerificationContext = {}): Promise<VerifiedToken> {
    const { jwt, introspection, confirm, scopeClaims } = this.#options
    if (tokenShape(token) === 'opaque') return introspection.verify(token, context)
    const verified = await jwt.verifyOrComplete(token, context, (jws, inner) =>
      this.#ask(jws.compact, jws.claims, inner),
    )
    // Completing a token has asked about it already.
    if (!confirm || verified.verifiedBy !== 'signature') return verified
    const answer = await this.#ask(token, verified.claims, context)
    const confirmed: VerifiedToken = deepFreeze({
      ...verified,
      // Scopes that were taken back since the token was issued.
      scopes: stillGranted(verified.scopes, answer, scopeClaims),
      verifiedBy: 'signature_and_introspection',
    })
    return jwt.vouchAs(confirmed, verified)
  }

  stillTrusts(token: VerifiedToken): boolean {
    return token.verifiedBy === 'introspection' || this.#options.jwt.stillTrusts(token)
  }

  async ready(): Promise<void> {
    await Promise.all([this.#options.jwt.ready(), this.#options.introspection.ready()])
  }

  async #ask(
    token: string,
    signed: CompactJws['claims'],
    context: VerificationContext,
  ): Promise<Claims> {
    return deepFreeze(await this.#options.introspection.confirm(token, signed, context))
  }
}
