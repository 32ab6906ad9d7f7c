import { joinConfirmations, readConfirmation } from '../token/confirmation.ts'
import { CONFIRM_EVERY } from '../token/defaults.ts'
import type { Explanation } from '../token/explanation.ts'
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
    return { token: this.#joined(token, answer), keyId, maxAge: this.#confirm }
  }

  /** Explains a token. The checks are those of {@link verify}, in the same order. */
  async explain(
    presented: PresentedToken,
    explanation: Explanation,
  ): Promise<VerifiedToken | undefined> {
    if (presented.shape === 'opaque') return this.#introspection.explain(presented, explanation)
    const token = await this.#jwt.explain(presented, explanation, (signed, inner) =>
      this.#confirmed(presented, signed, inner),
    )
    if (token === undefined || this.#confirm === 'never') return token
    // As in `verify`, a JWT that fails is never introspected. An incomplete one has been already.
    if (explanation.has('completion')) return token
    const answer = await explanation.check({
      rule: 'introspection',
      needs: 'all',
      offline: 'not asked offline: introspection confirms each JWT that passes',
      check: () => this.#confirmed(presented, token.claims, {}),
      seen: () => 'the authorization server calls the token active, and its answer keeps the rules',
    })
    return answer === undefined ? token : this.#joined(token, answer)
  }

  /** Joins a token with the answer that confirms it. */
  #joined(token: VerifiedToken, answer: Claims): VerifiedToken {
    const { scopeClaims, scopePrefix, confirmationNotes } = this.#profile
    return deepFreeze({
      ...token,
      // Remove the scopes that were revoked since the token was issued.
      scopes: stillGranted(token.scopes, answer, scopeClaims.introspection, scopePrefix),
      confirmation: joinConfirmations(
        token.confirmation,
        readConfirmation(answer.cnf, confirmationNotes),
      ),
      verifiedBy: 'signature_and_introspection',
    })
  }

  stillTrusts(verification: Verification): boolean {
    return verification.token.verifiedBy === 'introspection'
      ? this.#introspection.stillTrusts(verification)
      : this.#jwt.stillTrusts(verification)
  }

  isSigned(presented: PresentedToken): Promise<boolean> {
    return this.#jwt.isSigned(presented)
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
