import type { CallLane } from '../authorization-server/http/http-call.ts'
import type { IntrospectionEndpoint } from '../authorization-server/introspection-endpoint.ts'
import { ChallengeError } from '../errors.ts'
import type { Clock } from '../storage/clock.ts'
import { checkAudience } from '../token/audience.ts'
import { tokenShape, unverifiedClaims } from '../token/compact-jws.ts'
import {
  checkConfirmingAnswer,
  checkToken,
  checkTokenText,
  type TokenRules,
} from '../token/rules.ts'
import type { Claims, VerifiedToken } from '../token/verified-token.ts'
import { diagnoseInactive } from './inactive-diagnosis.ts'
import { checkSameToken } from './same-token.ts'
import type { TokenVerifier, VerificationContext } from './token-verifier.ts'

/** @internal */
export interface IntrospectionVerificationOptions {
  readonly endpoint: IntrospectionEndpoint
  /** This server's client at the authorization server. */
  readonly clientId: string
  /** Whether tokens that are not JWTs are asked about. */
  readonly opaqueTokens: boolean
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
    const { rules, clock, opaqueTokens } = this.#options
    checkTokenText(token, rules.maxTokenLength)
    const format = tokenShape(token) === 'opaque' ? 'opaque' : 'jwt'
    if (format === 'opaque' && !opaqueTokens) {
      throw new ChallengeError('token_opaque', 'not a JWT, and introspection.opaqueTokens is false')
    }
    const own = unverifiedClaims(token)
    const claims = await this.#introspect(token, own, context, 'unverified_tokens')
    // A JWT's own audience can only refuse the token. Some servers, such as Keycloak, answer with every
    // audience that the client could have, even where the token is for another server alone.
    if (own?.aud !== undefined) {
      checkAudience(own.aud, rules.audiences, rules.exclusiveAudience)
    }
    return checkToken(
      {
        claims,
        headerType: undefined,
        source: 'introspection',
        format,
        verifiedBy: 'introspection',
      },
      rules,
      clock() / 1000,
    )
  }

  /**
   * The answer for an active token, not yet judged.
   *
   * @param own what the token says of itself, where it is a JWT
   * @throws {ChallengeError} `token_inactive`
   * @throws {UnavailableError} `introspection_mismatch`, or as the endpoint
   */
  async #introspect(
    token: string,
    own: Claims | undefined,
    { signal }: VerificationContext,
    lane: CallLane,
  ): Promise<Claims> {
    const { endpoint } = this.#options
    const claims = await endpoint.introspect(token, { lane, signal })
    if (claims === undefined) {
      const { clientId, rules, clock } = this.#options
      const { issuer, profile } = rules
      const now = clock() / 1000
      throw new ChallengeError(
        'token_inactive',
        diagnoseInactive(token, { issuer, clientId, profile, now }),
      )
    }
    try {
      if (own !== undefined) checkSameToken(own, claims)
    } catch (error) {
      endpoint.distrustConnections()
      throw error
    }
    return claims
  }

  /**
   * The answer for an active JWT whose signature holds.
   *
   * @throws {ChallengeError} `token_inactive`, or what {@link checkConfirmingAnswer} says
   * @throws {UnavailableError} `introspection_mismatch`, or as the endpoint
   */
  async confirm(token: string, signed: Claims, context: VerificationContext): Promise<Claims> {
    const claims = await this.#introspect(token, signed, context, 'verified_tokens')
    const { rules, clock } = this.#options
    checkConfirmingAnswer(claims, signed, rules, clock() / 1000)
    return claims
  }

  async ready(): Promise<void> {
    await this.#options.endpoint.ready()
  }
}
