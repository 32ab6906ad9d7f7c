import type { CallLane } from '../authorization-server/http/http-call.ts'
import type { TokenQuestions } from '../authorization-server/token-questions.ts'
import { ChallengeError } from '../errors/challenge-error.ts'
import { quoted } from '../quoted.ts'
import type { Clock } from '../storage/clock.ts'
import { checkAudience } from '../token/audience.ts'
import { joinConfirmations, readConfirmation } from '../token/confirmation.ts'
import { explainClaims } from '../token/explain-claims.ts'
import type { Explanation } from '../token/explanation.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import {
  checkConfirmingAnswer,
  checkToken,
  type TokenEvidence,
  type TokenRules,
} from '../token/rules.ts'
import { typeRefused } from '../token/token-type.ts'
import { type Claims, deepFreeze, type VerifiedToken } from '../token/verified-token.ts'
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
    const { rules, clock } = this.#options
    const format = this.#readFormat(presented)
    const own = presented.claims()
    const claims = await this.#introspect(presented, own, context, 'unverified_tokens')
    if (own?.aud !== undefined) this.#checkOwnAudience(own)
    const verified = checkToken(evidenceOf(claims, format), rules, clock() / 1000)
    const bound = readConfirmation(own?.cnf, rules.profile.confirmationNotes)
    const confirmation = joinConfirmations(bound, verified.confirmation)
    const token = deepFreeze({ ...verified, confirmation })
    return { token, keyId: undefined, maxAge: this.maxAge }
  }

  /**
   * Explains a token. The checks are those of {@link verify}, in the same order. Without an answer, the
   * rules are tried on the claims of the token itself, because a good answer says the same.
   */
  async explain(
    presented: PresentedToken,
    explanation: Explanation,
  ): Promise<VerifiedToken | undefined> {
    const { rules, clock } = this.#options
    const format = await explanation.check({
      rule: 'format',
      check: () => this.#readFormat(presented),
      seen: (found) =>
        found === 'jwt' ? 'it is a JWT' : 'it is not a JWT; only its issuer can read it',
    })
    if (format === undefined) return undefined
    const own = presented.claims()
    const answer = await explanation.check({
      rule: 'introspection',
      offline: `not asked offline: only the introspection endpoint of ${quoted(rules.issuer)} decides whether the token is good`,
      check: () => this.#introspect(presented, own, {}, 'unverified_tokens'),
      seen: () => 'the authorization server calls the token active',
    })
    if (own?.aud !== undefined && answer !== undefined) {
      await explanation.check({
        rule: 'own-audience',
        check: () => this.#checkOwnAudience(own),
        seen: () => `"aud" of the token itself is ${quoted(own.aud)}`,
      })
    }
    const claims = answer ?? own
    if (claims === undefined) return undefined
    const now = clock() / 1000
    const token = await explainClaims(evidenceOf(claims, format), rules, now, explanation)
    if (own?.cnf === undefined || answer === undefined) return token
    const bound = await explanation.check({
      rule: 'own-confirmation',
      check: () => readConfirmation(own.cnf, rules.profile.confirmationNotes),
      seen: () => '"cnf" of the token itself can be read',
    })
    return deepFreeze({ ...token, confirmation: joinConfirmations(bound, token.confirmation) })
  }

  /** A result of introspection has no signing key, so it is trusted until it is too old. */
  stillTrusts({ keyId }: Verification): boolean {
    return keyId === undefined
  }

  /** @throws {ChallengeError} `token_type_refused`, `token_opaque` */
  #readFormat(presented: PresentedToken): VerifiedToken['format'] {
    const { jwts, opaqueTokens } = this.#options
    if (!jwts && presented.claims() !== undefined) {
      throw typeRefused(
        'the token is a JWT, and the access tokens of this issuer are not: is it an ID token?',
      )
    }
    // Google's access tokens of service accounts have two dots, as a JWS has.
    if (jwts && presented.shape !== 'opaque') return 'jwt'
    if (opaqueTokens) return 'opaque'
    throw new ChallengeError(
      'token_opaque',
      'the token is not a JWT, and introspection.opaqueTokens is false',
    )
  }

  /**
   * Checks the JWT's own `aud` too. Some servers, such as Keycloak, answer with every audience that the
   * client could get, also if the token is only for another server.
   *
   * @throws {ChallengeError} as {@link checkAudience}
   */
  #checkOwnAudience(claims: Claims): void {
    const { audiences, exclusiveAudience, profile } = this.#options.rules
    checkAudience(claims.aud, audiences, exclusiveAudience, { claims, profile })
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

function evidenceOf(claims: Claims, format: VerifiedToken['format']): TokenEvidence {
  return {
    claims,
    headerType: undefined,
    source: 'introspection',
    format,
    verifiedBy: 'introspection',
  }
}
