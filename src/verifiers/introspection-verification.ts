import type { IntrospectionEndpoint } from '../authorization-server/introspection-endpoint.ts'
import { ChallengeError } from '../errors.ts'
import type { Clock } from '../storage/clock.ts'
import { tokenShape } from '../token/compact-jws.ts'
import {
  judgeConfirmation,
  judgeToken,
  requirePresentable,
  type TokenRules,
} from '../token/rules.ts'
import type { Claims, VerifiedToken } from '../token/verified-token.ts'
import { diagnoseInactive } from './inactive-diagnosis.ts'
import type { TokenVerifier, VerificationContext } from './token-verifier.ts'

/** @internal */
export interface IntrospectionVerificationOptions {
  readonly endpoint: IntrospectionEndpoint
  /** This server's client at the authorization server. */
  readonly clientId: string
  readonly rules: TokenRules
  readonly clock: Clock
}

/** Verification by asking the authorization server; its answer is judged like a JWT's claims. @internal */
export class IntrospectionVerification implements TokenVerifier {
  readonly #options: IntrospectionVerificationOptions

  constructor(options: IntrospectionVerificationOptions) {
    this.#options = options
  }

  async verify(token: string, context: VerificationContext = {}): Promise<VerifiedToken> {
    const { rules, clock } = this.#options
    requirePresentable(token, rules.maxTokenLength)
    return judgeToken(
      {
        claims: await this.introspect(token, context),
        headerType: undefined,
        source: 'introspection',
        format: tokenShape(token) === 'opaque' ? 'opaque' : 'jwt',
        verifiedBy: 'introspection',
      },
      rules,
      clock() / 1000,
    )
  }

  /**
   * The answer for an active token, not yet judged.
   *
   * @throws {ChallengeError} `token_inactive`
   */
  async introspect(token: string, context: VerificationContext): Promise<Claims> {
    const claims = await this.#options.endpoint.introspect(token, context.correlationId)
    if (claims === undefined) {
      const { clientId, rules, clock } = this.#options
      const { issuer, profile } = rules
      const now = clock() / 1000
      throw new ChallengeError(
        'token_inactive',
        diagnoseInactive(token, { issuer, clientId, profile: profile.name, now }),
      )
    }
    return claims
  }

  /**
   * The answer for an active token that has been verified otherwise.
   *
   * @throws {ChallengeError} `token_inactive`, or what {@link judgeConfirmation} says
   */
  async confirm(token: string, signed: Claims, context: VerificationContext): Promise<Claims> {
    const claims = await this.introspect(token, context)
    const { rules, clock } = this.#options
    judgeConfirmation(claims, signed, rules, clock() / 1000)
    return claims
  }

  async ready(): Promise<void> {
    await this.#options.endpoint.ready()
  }
}
