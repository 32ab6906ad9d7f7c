import type { CallLane } from '../authorization-server/http/http-call.ts'
import type { TokenQuestions } from '../authorization-server/token-questions.ts'
import { ChallengeError } from '../errors/challenge-error.ts'
import type { Clock } from '../storage/clock.ts'
import { checkAudience } from '../token/audience.ts'
import { joinConfirmations, readConfirmation } from '../token/confirmation.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import { checkConfirmingAnswer, checkToken, type TokenRules } from '../token/rules.ts'
import { typeRefused } from '../token/token-type.ts'
import { type Claims, deepFreeze } from '../token/verified-token.ts'
import { diagnoseInactive } from './inactive-diagnosis.ts'
import { checkSameToken } from './same-token.ts'
import type { VerificationContext } from './token-verifier.ts'
import type { TokenVerification, Verification } from './verification.ts'

/** @internal */
export interface IntrospectionVerificationOptions {
  readonly endpoint: TokenQuestions
  /** This server's client at the authorization server; `undefined` for a tokeninfo endpoint. */
  readonly clientId: string | undefined
  /** Whether tokens that are not JWTs are introspected. */
  readonly opaqueTokens: boolean
  /** Whether tokens that are JWTs are introspected. A tokeninfo endpoint knows access tokens by their text. */
  readonly jwts: boolean
  /** Seconds for which an answer may be used again. */
  readonly maxAge: number
  readonly rules: TokenRules
  readonly clock: Clock
}

/**
 * Verifies tokens by introspection (RFC 7662). The answer must pass the same rules as the claims of a
 * JWT.
 *
 * @internal
 */
export class IntrospectionVerification implements TokenVerification {
  /** Seconds for which an answer may be used again. */
  readonly maxAge: number
  readonly #options: IntrospectionVerificationOptions

  constructor(options: IntrospectionVerificationOptions) {
    this.#options = options
    this.maxAge = options.maxAge
  }

  async verify(presented: PresentedToken, context: VerificationContext): Promise<Verification> {
    const { rules, clock, opaqueTokens, jwts } = this.#options
    const own = presented.claims()
    if (!jwts && own !== undefined) {
      throw typeRefused(
        'the token is a JWT, and the access tokens of this issuer are not: is it an ID token?',
      )
    }
    // Google's access tokens of service accounts have two dots, as a JWS has.
    const format = presented.shape === 'opaque' || !jwts ? 'opaque' : 'jwt'
    if (format === 'opaque' && !opaqueTokens) {
      throw new ChallengeError(
        'token_opaque',
        'the token is not a JWT, and introspection.opaqueTokens is false',
      )
    }
    const claims = await this.#introspect(presented, own, context, 'unverified_tokens')
    // Check the JWT's own `aud` too. Some servers, such as Keycloak, answer with every audience that the
    // client could get, also if the token is only for another server.
    if (own?.aud !== undefined) {
      checkAudience(own.aud, rules.audiences, rules.exclusiveAudience)
    }
    const verified = checkToken(
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
    const bound = readConfirmation(own?.cnf, rules.profile.confirmationNotes)
    const confirmation = joinConfirmations(bound, verified.confirmation)
    const token = deepFreeze({ ...verified, confirmation })
    return { token, keyId: undefined, maxAge: this.maxAge }
  }

  /** A result of introspection has no signing key, so it is trusted until it is too old. */
  stillTrusts({ keyId }: Verification): boolean {
    return keyId === undefined
  }

  /**
   * Introspects a token, and checks that the answer is about this token. It checks no other rules.
   *
   * @param own the claims of the token; `undefined` if it is not a JWT
   * @throws {ChallengeError} `token_inactive`
   * @throws {UnavailableError} `introspection_mismatch`, or as {@link TokenQuestions.introspect}
   */
  async #introspect(
    { text }: PresentedToken,
    own: Claims | undefined,
    { signal }: VerificationContext,
    lane: CallLane,
  ): Promise<Claims> {
    const { endpoint } = this.#options
    const claims = await endpoint.introspect(text, { lane, signal })
    if (claims === undefined) {
      const { clientId, rules, clock } = this.#options
      const { issuer, profile } = rules
      const now = clock() / 1000
      throw new ChallengeError(
        'token_inactive',
        diagnoseInactive(own, { issuer, clientId, profile, now }),
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
   * Introspects a JWT whose signature is valid, and checks the answer.
   *
   * @throws {ChallengeError} `token_inactive`, or as {@link checkConfirmingAnswer}
   * @throws {UnavailableError} `introspection_mismatch`, or as {@link TokenQuestions.introspect}
   */
  async confirm(
    presented: PresentedToken,
    signed: Claims,
    context: VerificationContext,
  ): Promise<Claims> {
    const claims = await this.#introspect(presented, signed, context, 'verified_tokens')
    const { rules, clock } = this.#options
    checkConfirmingAnswer(claims, signed, rules, clock() / 1000)
    return claims
  }

  async ready(): Promise<void> {
    await this.#options.endpoint.ready()
  }
}
