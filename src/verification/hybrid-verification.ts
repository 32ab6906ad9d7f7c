import { joinConfirmations, readConfirmation } from '../token/confirmation.ts'
import { CONFIRM_EVERY } from '../token/defaults.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import { stillGranted } from '../token/scope.ts'
import type { SettledProfile } from '../token/settled-profile.ts'
import { type Claims, deepFreeze, type VerifiedToken } from '../token/verified-token.ts'
import type { IntrospectionVerification } from './introspection-verification.ts'
import type { JwtVerification } from './jwt-verification.ts'
import type { IssuerVerificationOptions } from './options.ts'
import type { VerificationContext } from './token-verifier.ts'
import type { TokenVerification, Verification } from './verification.ts'

/** @internal */
export interface HybridVerificationOptions {
  readonly jwt: JwtVerification
  readonly introspection: IntrospectionVerification
  /** Whether, and how often, introspection confirms a JWT that passed; default {@link CONFIRM_EVERY}. */
  readonly confirm: IssuerVerificationOptions['confirm']
  readonly profile: SettledProfile
}

/**
 * Verifies JWTs by their signature, and opaque tokens by introspection.
 *
 * A JWT that fails is refused, and never introspected. For a JWT that passed, introspection can only
 * refuse the token or remove scopes (confirmation), or add the claims that a lightweight token lacks.
 *
 * @internal
 */
export class HybridVerification implements TokenVerification {
  readonly #jwt: JwtVerification
  readonly #introspection: IntrospectionVerification
  /** Seconds for which a confirmation counts. */
  readonly #confirm: number | 'never'
  readonly #profile: SettledProfile

  constructor(options: HybridVerificationOptions) {
    const { jwt, introspection, confirm = CONFIRM_EVERY, profile } = options
    this.#jwt = jwt
    this.#introspection = introspection
    this.#profile = profile
    this.#confirm = confirm === 'always' ? 0 : confirm
  }

  async verify(presented: PresentedToken, context: VerificationContext): Promise<Verification> {
    if (presented.shape === 'opaque') return this.#introspection.verify(presented, context)
    const verification = await this.#jwt.verifyOrComplete(presented, context, (signed, inner) =>
      this.#confirmed(presented, signed, inner),
    )
    const { token, keyId } = verification
    // A token that introspection has completed is confirmed too.
    const completed = token.verifiedBy !== 'signature'
    if (this.#confirm === 'never') {
      return completed ? { token, keyId, maxAge: this.#introspection.maxAge } : verification
    }
    if (completed) return { token, keyId, maxAge: this.#confirm }
    const answer = await this.#confirmed(presented, token.claims, context)
    const profile = this.#profile
    const confirmed: VerifiedToken = deepFreeze({
      ...token,
      // Remove the scopes that were revoked since the token was issued.
      scopes: stillGranted(token.scopes, answer, profile.scopeClaims.introspection),
      confirmation: joinConfirmations(
        token.confirmation,
        readConfirmation(answer.cnf, profile.confirmationNotes),
      ),
      verifiedBy: 'signature_and_introspection',
    })
    return { token: confirmed, keyId, maxAge: this.#confirm }
  }

  stillTrusts(verification: Verification): boolean {
    return verification.token.verifiedBy === 'introspection'
      ? this.#introspection.stillTrusts(verification)
      : this.#jwt.stillTrusts(verification)
  }

  async ready(): Promise<void> {
    await Promise.all([this.#jwt.ready(), this.#introspection.ready()])
  }

  async #confirmed(
    presented: PresentedToken,
    signed: Claims,
    context: VerificationContext,
  ): Promise<Claims> {
    return deepFreeze(await this.#introspection.confirm(presented, signed, context))
  }
}
