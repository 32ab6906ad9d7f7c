import { SIGNATURE_ALGORITHMS } from '../authorization-server/algorithms.ts'
import type { KeySource } from '../authorization-server/key-set.ts'
import type { VerificationKey } from '../authorization-server/verification-key.ts'
import { ChallengeError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import type { Clock } from '../storage/clock.ts'
import { type CompactJws, parseCompactJws, tokenShape } from '../token/compact-jws.ts'
import {
  checkLightweightToken,
  checkToken,
  checkTokenText,
  type TokenEvidence,
  type TokenRules,
} from '../token/rules.ts'
import { readScopes, stillGranted } from '../token/scope.ts'
import { type Claims, deepFreeze, type VerifiedToken } from '../token/verified-token.ts'
import { checkSignature } from './signature.ts'
import type { TokenVerifier, VerificationContext } from './token-verifier.ts'

/** @internal */
export interface JwtVerificationOptions {
  readonly keys: KeySource
  readonly rules: TokenRules
  readonly algorithms: readonly string[]
  readonly clock: Clock
}

/** Brings the claims that a lightweight token lacks. @internal */
export type Completion = (jws: CompactJws, context: VerificationContext) => Promise<Claims>

/**
 * Verification of a JWT with the issuer's keys. What needs no key is judged first, so that most
 * bad tokens cost next to nothing. A failure before the signature check only chooses the reason that
 * is logged.
 *
 * @internal
 */
export class JwtVerification implements TokenVerifier {
  readonly #options: JwtVerificationOptions
  readonly #accepted: ReadonlySet<string>
  readonly #keyOf = new WeakMap<VerifiedToken, VerificationKey>()

  constructor(options: JwtVerificationOptions) {
    this.#options = options
    const { algorithms } = options
    const both = algorithms.includes('EdDSA') || algorithms.includes('Ed25519')
    this.#accepted = new Set(both ? [...algorithms, 'EdDSA', 'Ed25519'] : algorithms)
  }

  verify(token: string, context: VerificationContext = {}): Promise<VerifiedToken> {
    return this.verifyOrComplete(token, context, undefined)
  }

  /**
   * {@link verify}, with a way to complete a token that its issuer made lightweight. Such a token
   * must hold up in all that it does say, signature first, before anything is asked about it.
   */
  async verifyOrComplete(
    token: string,
    context: VerificationContext,
    completion: Completion | undefined,
  ): Promise<VerifiedToken> {
    checkTokenText(token, this.#options.rules.maxTokenLength)
    if (tokenShape(token) === 'opaque') {
      throw new ChallengeError('token_opaque', 'not a JWT, and this server does not introspect')
    }
    const jws = parseCompactJws(token)
    this.#requireAlgorithm(jws)
    if (completion !== undefined && this.#options.rules.profile.isLightweight(jws.claims)) {
      return this.#complete(jws, context, completion)
    }
    const verified = this.#judge(jws, jws.claims, 'signature')
    return this.#vouch(verified, await this.#checkSignature(jws))
  }

  stillTrusts(token: VerifiedToken): boolean {
    // Where only remembered tokens are shown, nothing else would notice that a key has gone, or that
    // the set has become too old to say so.
    const key = this.#keyOf.get(token)
    return key !== undefined && this.#options.keys.trusts(key.id)
  }

  /** Lets a token stand on the key that another one, made from the same JWT, was verified with. */
  vouchAs(token: VerifiedToken, earlier: VerifiedToken): VerifiedToken {
    const key = this.#keyOf.get(earlier)
    return key === undefined ? token : this.#vouch(token, key)
  }

  async ready(): Promise<void> {
    await this.#options.keys.ready()
  }

  async #complete(
    jws: CompactJws,
    context: VerificationContext,
    completion: Completion,
  ): Promise<VerifiedToken> {
    // What the token says must hold before the token is sent anywhere.
    const { rules, clock } = this.#options
    checkLightweightToken(evidenceOf(jws, jws.claims, 'signature'), rules, clock() / 1000)
    const key = await this.#checkSignature(jws)
    const added = await completion(jws, context)
    // Signed claims stand. The answer may add claims that the JWT lacks, and take scopes away.
    const verified = this.#judge(jws, { ...added, ...jws.claims }, 'signature_and_introspection')
    const { scopeClaims } = rules.profile
    const signed = readScopes(jws.claims, scopeClaims.jwt) ?? verified.scopes
    const scopes = stillGranted(signed, added, scopeClaims.introspection)
    return this.#vouch(deepFreeze({ ...verified, scopes }), key)
  }

  #judge(jws: CompactJws, claims: Claims, verifiedBy: TokenEvidence['verifiedBy']): VerifiedToken {
    const { rules, clock } = this.#options
    return checkToken(evidenceOf(jws, claims, verifiedBy), rules, clock() / 1000)
  }

  async #checkSignature(jws: CompactJws): Promise<VerificationKey> {
    const key = await this.#options.keys.find(jws.algorithm, jws.keyId)
    await checkSignature(jws, key)
    return key
  }

  #vouch(token: VerifiedToken, key: VerificationKey): VerifiedToken {
    this.#keyOf.set(token, key)
    return token
  }

  #requireAlgorithm({ algorithm }: CompactJws): void {
    if (this.#accepted.has(algorithm)) return
    const known = (SIGNATURE_ALGORITHMS as readonly string[]).includes(algorithm)
    throw new ChallengeError(
      'algorithm_refused',
      `"alg" is ${quoted(algorithm)}; ${known ? 'not among the configured algorithms' : 'not an asymmetric signature algorithm'}`,
    )
  }
}

function evidenceOf(
  jws: CompactJws,
  claims: Claims,
  verifiedBy: TokenEvidence['verifiedBy'],
): TokenEvidence {
  return { claims, headerType: jws.type, source: 'jwt', format: 'jwt', verifiedBy }
}
