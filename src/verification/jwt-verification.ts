import type { KeySource } from '../authorization-server/key-set.ts'
import { ChallengeError } from '../errors/challenge-error.ts'
import { SIGNATURE_ALGORITHMS } from '../jws/algorithms.ts'
import type { CompactJws } from '../jws/compact-jws.ts'
import { checkSignature } from '../jws/signature.ts'
import type { VerificationKey } from '../jws/verification-key.ts'
import { quoted } from '../quoted.ts'
import type { Clock } from '../storage/clock.ts'
import { joinConfirmations, readConfirmation } from '../token/confirmation.ts'
import { explainClaims } from '../token/explain-claims.ts'
import type { Explanation } from '../token/explanation.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import {
  checkLightweightToken,
  checkToken,
  type TokenEvidence,
  type TokenRules,
} from '../token/rules.ts'
import { readScopes, stillGranted } from '../token/scope.ts'
import { type Claims, deepFreeze, type VerifiedToken } from '../token/verified-token.ts'
import type { VerificationContext } from './token-verifier.ts'
import type { TokenVerification, Verification } from './verification.ts'

/** @internal */
export interface JwtVerificationOptions {
  readonly keys: KeySource
  readonly rules: TokenRules
  readonly algorithms: readonly string[]
  readonly clock: Clock
}

/** Fetches the claims that a lightweight token lacks, by introspection. @internal */
export type Completion = (signed: Claims, context: VerificationContext) => Promise<Claims>

/**
 * Verifies JWTs with the issuer's keys. The checks that need no key come first, so that most invalid
 * tokens cost little. The claims are not verified at that point, so a failed check only decides which
 * reason is logged.
 *
 * @internal
 */
export class JwtVerification implements TokenVerification {
  readonly #options: JwtVerificationOptions
  readonly #accepted: ReadonlySet<string>

  constructor(options: JwtVerificationOptions) {
    this.#options = options
    const { algorithms } = options
    const both = algorithms.includes('EdDSA') || algorithms.includes('Ed25519')
    this.#accepted = new Set(both ? [...algorithms, 'EdDSA', 'Ed25519'] : algorithms)
  }

  verify(presented: PresentedToken, context: VerificationContext): Promise<Verification> {
    return this.verifyOrComplete(presented, context, undefined)
  }

  /**
   * Verifies a token like {@link verify}, and completes a lightweight token. The signature of a
   * lightweight token and all its claims must pass before its missing claims are fetched.
   *
   * A refusal without a signature check is thrown at once: a rejected promise that nobody awaits yet costs
   * Node as much as the checks.
   */
  verifyOrComplete(
    presented: PresentedToken,
    context: VerificationContext,
    completion: Completion | undefined,
  ): Promise<Verification> {
    const jws = readJws(presented)
    this.#checkAlgorithm(jws)
    if (completion !== undefined && this.#options.rules.profile.isLightweight(jws.claims)) {
      return this.#complete(jws, context, completion)
    }
    return this.#signed(jws, this.#checkClaims(jws, jws.claims, 'signature'))
  }

  async #signed(jws: CompactJws, token: VerifiedToken): Promise<Verification> {
    const key = await this.#checkSignature(jws)
    return { token, keyId: key.id, maxAge: Number.POSITIVE_INFINITY }
  }

  /** Explains a token. The checks are those of {@link verifyOrComplete}, in the same order. */
  async explain(
    presented: PresentedToken,
    explanation: Explanation,
    completion?: Completion,
  ): Promise<VerifiedToken | undefined> {
    const jws = await explanation.check({
      rule: 'format',
      check: () => readJws(presented),
      seen: () => 'it is a JWT in three parts of strict JSON',
    })
    if (jws === undefined) return undefined
    await explanation.check({
      rule: 'algorithm',
      check: () => this.#checkAlgorithm(jws),
      seen: () => `"alg" is ${quoted(jws.algorithm)}`,
    })
    const { rules, clock } = this.#options
    const lightweight = completion !== undefined && rules.profile.isLightweight(jws.claims)
    const token = await explainClaims(
      evidenceOf(jws, jws.claims, 'signature'),
      rules,
      clock() / 1000,
      explanation,
      lightweight ? { kind: 'lightweight' } : {},
    )
    await this.#explainSignature(jws, explanation)
    if (!lightweight) return token
    const added = await explanation.check({
      rule: 'completion',
      needs: 'all',
      offline:
        'not asked offline: introspection must add the claims that this lightweight token lacks',
      check: () => completion(jws.claims, {}),
      seen: () => 'introspection adds the claims that this lightweight token lacks',
    })
    if (added === undefined) return token
    const claims = completedClaims(jws, added)
    const completed = evidenceOf(jws, claims, 'signature_and_introspection')
    const verified = await explainClaims(completed, rules, clock() / 1000, explanation, {
      prefix: 'completed-',
    })
    // Scopes that cannot be read cannot be joined either.
    if (!explanation.holds('completed-scope-claim')) return verified
    return this.#joined(jws, added, verified)
  }

  stillTrusts({ keyId }: Verification): boolean {
    // While every token comes from the cache, only this check notices that a key was removed, or that
    // the key set is too old.
    return keyId !== undefined && this.#options.keys.trusts(keyId)
  }

  async isSigned(presented: PresentedToken): Promise<boolean> {
    try {
      const jws = presented.jws()
      this.#checkAlgorithm(jws)
      const { keys, rules } = this.#options
      // A token of another issuer must cause no call.
      const known = keys.known(jws.algorithm, jws.keyId)
      if (known === undefined && jws.claims.iss !== rules.issuer) return false
      const key = known ?? (await keys.find(jws.algorithm, jws.keyId))
      await checkSignature(jws, key)
      return true
    } catch {
      return false
    }
  }

  async ready(): Promise<void> {
    await this.#options.keys.ready()
  }

  async #complete(
    jws: CompactJws,
    context: VerificationContext,
    completion: Completion,
  ): Promise<Verification> {
    // The claims must pass before the token is sent to the authorization server.
    const { rules, clock } = this.#options
    checkLightweightToken(evidenceOf(jws, jws.claims, 'signature'), rules, clock() / 1000)
    const key = await this.#checkSignature(jws)
    const added = await completion(jws.claims, context)
    const claims = completedClaims(jws, added)
    const verified = this.#checkClaims(jws, claims, 'signature_and_introspection')
    const token = this.#joined(jws, added, verified)
    return { token, keyId: key.id, maxAge: Number.POSITIVE_INFINITY }
  }

  /** Joins a completed token with what the answer says about scopes and bindings. */
  #joined(jws: CompactJws, added: Claims, verified: VerifiedToken): VerifiedToken {
    const { scopeClaims, scopePrefix, confirmationNotes } = this.#options.rules.profile
    const signed = readScopes(jws.claims, scopeClaims.jwt, scopePrefix) ?? verified.scopes
    const scopes = stillGranted(signed, added, scopeClaims.introspection, scopePrefix)
    const bound = readConfirmation(added.cnf, confirmationNotes)
    const confirmation = joinConfirmations(verified.confirmation, bound)
    return deepFreeze({ ...verified, scopes, confirmation })
  }

  #checkClaims(
    jws: CompactJws,
    claims: Claims,
    verifiedBy: TokenEvidence['verifiedBy'],
  ): VerifiedToken {
    const { rules, clock } = this.#options
    return checkToken(evidenceOf(jws, claims, verifiedBy), rules, clock() / 1000)
  }

  async #checkSignature(jws: CompactJws): Promise<VerificationKey> {
    const key = await this.#options.keys.find(jws.algorithm, jws.keyId)
    const checked = checkSignature(jws, key)
    if (checked !== undefined) await checked
    return key
  }

  async #explainSignature(jws: CompactJws, explanation: Explanation): Promise<void> {
    const { keys, rules } = this.#options
    const { algorithm, keyId } = jws
    const key = await explanation.check({
      rule: 'key',
      needs: ['algorithm'],
      offline: keys.remote
        ? `not checked offline: the keys of ${quoted(rules.issuer)} are not given, and were not fetched`
        : undefined,
      check: () => keys.find(algorithm, keyId),
      seen: () => `the issuer has a key with "alg" ${quoted(algorithm)} and "kid" ${quoted(keyId)}`,
    })
    await explanation.check({
      rule: 'signature',
      needs: ['key'],
      check: () => key && checkSignature(jws, key),
      seen: () => 'the signature is valid',
    })
  }

  #checkAlgorithm({ algorithm }: CompactJws): void {
    if (this.#accepted.has(algorithm)) return
    const known = (SIGNATURE_ALGORITHMS as readonly string[]).includes(algorithm)
    throw new ChallengeError(
      'algorithm_refused',
      `"alg" is ${quoted(algorithm)}; ${known ? 'not among the configured algorithms' : 'not an asymmetric signature algorithm'}`,
    )
  }
}

/** @throws {ChallengeError} `token_opaque`, or as `PresentedToken.jws` */
function readJws(presented: PresentedToken): CompactJws {
  if (presented.shape === 'opaque') {
    throw new ChallengeError(
      'token_opaque',
      'the token is not a JWT, and no introspection is configured',
    )
  }
  return presented.jws()
}

/** Signed claims take precedence. The answer may add claims and bindings, and remove scopes. */
function completedClaims(jws: CompactJws, added: Claims): Claims {
  return { ...added, ...jws.claims }
}

function evidenceOf(
  jws: CompactJws,
  claims: Claims,
  verifiedBy: TokenEvidence['verifiedBy'],
): TokenEvidence {
  return { claims, headerType: jws.type, source: 'jwt', format: 'jwt', verifiedBy }
}
