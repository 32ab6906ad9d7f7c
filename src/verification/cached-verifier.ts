import { ChallengeError } from '../errors.ts'
import { assertOptions } from '../options/check-options.ts'
import { clockOf } from '../options/clock-option.ts'
import { cachedVerifierSchema, verifierSchema } from '../options/schemas.ts'
import { type BoundedCache, createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import { digestOf } from '../storage/digest.ts'
import { SingleFlight } from '../storage/single-flight.ts'
import { decisionsObserved } from '../telemetry/publish.ts'
import { currentRequest, traceVerification } from '../telemetry/traces.ts'
import { CLOCK_TOLERANCE, INTROSPECTION_MAX_AGE, MAX_TOKEN_LENGTH } from '../token/defaults.ts'
import { checkUnexpired } from '../token/lifetime.ts'
import { checkTokenText } from '../token/rules.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { closedError } from './closing.ts'
import type { TokenVerifier, VerificationContext } from './token-verifier.ts'

const WHERE = 'createCachedVerifier'

/** Options of {@link createCachedVerifier}. */
export interface CachedVerifierOptions {
  /** Most verified tokens kept; default 10 000. The least recently used goes first. */
  readonly maxEntries?: number
  /**
   * Seconds for which a result is reused, or a function that says so for each token. Never past
   * `exp`. 0 keeps nothing and still lets concurrent requests with one token share one
   * verification. Default: 30 for what introspection vouches for, else until `exp`.
   */
  readonly maxAge?: number | ((token: VerifiedToken) => number)
  /** Seconds for which "inactive" is remembered; default 5. No other refusal is remembered. */
  readonly negativeMaxAge?: number
  /** Most inactive tokens remembered, apart from the good ones; default 1000. */
  readonly negativeMaxEntries?: number
  /** Longest token in characters; default 8192. */
  readonly maxTokenLength?: number
  /** Seconds by which clocks may differ when expiry is judged at a hit; default 5. */
  readonly clockTolerance?: number
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: Clock
}

/**
 * Remembers what another verifier verified.
 *
 * Kept under the SHA-256 digest of the token, bounded in number, never past the token's expiry.
 * What is kept is the verification, not the authorization: expiry and trust in the key are judged
 * again at every hit, scopes and revocation by whoever asks (RFC 9700 §2.3). Failures are not
 * kept, except for a moment that introspection called a token inactive; an outage never is.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createCachedVerifier, createIntrospectionVerifier } from 'mcp-resource-server'
 *
 * const verifier = createCachedVerifier(
 *   createIntrospectionVerifier({
 *     issuer: 'https://sso.example.com/realms/acme',
 *     audience: 'https://mcp.example.com/mcp',
 *     introspection: { clientId: 'mcp-server', clientSecret: 'from-your-vault' },
 *   }),
 *   { maxAge: 10 },
 * )
 * ```
 */
export function createCachedVerifier(
  verifier: TokenVerifier,
  options: CachedVerifierOptions = {},
): TokenVerifier {
  assertOptions(WHERE, verifierSchema, verifier)
  assertOptions(WHERE, cachedVerifierSchema, options)
  return new CachedVerifier(verifier, options)
}

class CachedVerifier implements TokenVerifier {
  readonly #verifier: TokenVerifier
  readonly #good: BoundedCache<VerifiedToken>
  readonly #inactive: BoundedCache<ChallengeError>
  readonly #flights = new SingleFlight<VerifiedToken>()
  readonly #maxAge: (token: VerifiedToken) => number
  readonly #negativeMaxAge: number
  readonly #maxTokenLength: number
  readonly #clockTolerance: number
  readonly #clock: Clock
  #closed = false

  constructor(verifier: TokenVerifier, options: CachedVerifierOptions) {
    this.#verifier = verifier
    this.#clock = clockOf(WHERE, options)
    const { maxAge = defaultMaxAge } = options
    this.#maxAge = typeof maxAge === 'number' ? () => maxAge : maxAge
    this.#negativeMaxAge = options.negativeMaxAge ?? 5
    this.#maxTokenLength = options.maxTokenLength ?? MAX_TOKEN_LENGTH
    this.#clockTolerance = options.clockTolerance ?? CLOCK_TOLERANCE
    this.#good = createBoundedCache(options.maxEntries ?? 10_000, this.#clock)
    this.#inactive = createBoundedCache(options.negativeMaxEntries ?? 1000, this.#clock)
  }

  async verify(token: string, context?: VerificationContext): Promise<VerifiedToken> {
    if (this.#closed) throw closedError()
    checkTokenText(token, this.#maxTokenLength)
    const digest = digestOf(token)
    const request = decisionsObserved() ? currentRequest() : undefined
    // Set before the entry is checked: an entry that is refused is a hit as well.
    if (request !== undefined) request.cache = 'hit'
    const hit = this.#hit(digest)
    if (hit !== undefined) return hit
    if (request !== undefined) request.cache = 'miss'
    // The shared work outlives its first caller, so it does not get that caller's signal.
    return this.#flights.run(
      digest,
      (signal) => traceVerification(() => this.#verify(token, digest, { signal })),
      context?.signal,
    )
  }

  stillTrusts(token: VerifiedToken): boolean {
    return this.#verifier.stillTrusts?.(token) ?? true
  }

  async ready(): Promise<void> {
    if (this.#closed) throw closedError()
    await this.#verifier.ready?.()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#verifier.close?.()
  }

  #hit(digest: string): VerifiedToken | undefined {
    const token = this.#good.get(digest)
    if (token !== undefined) {
      checkUnexpired(token.expiresAt, this.#clockTolerance, this.#clock() / 1000)
      if (this.stillTrusts(token)) return token
      this.#good.delete(digest)
    }
    const inactive = this.#inactive.get(digest)
    if (inactive !== undefined) throw new ChallengeError(inactive.reason, inactive.message)
    return undefined
  }

  async #verify(
    token: string,
    digest: string,
    context: VerificationContext,
  ): Promise<VerifiedToken> {
    const asked = this.#clock()
    try {
      const verified = await this.#verifier.verify(token, context)
      // Counted from when the question was put: a slow answer is as old as its question.
      const until = Math.min(
        this.#since(asked) + this.#maxAge(verified) * 1000,
        (verified.expiresAt + this.#clockTolerance) * 1000,
      )
      this.#good.set(digest, verified, until)
      return verified
    } catch (error) {
      if (error instanceof ChallengeError && error.reason === 'token_inactive') {
        this.#inactive.set(digest, error, this.#since(asked) + this.#negativeMaxAge * 1000)
      }
      throw error
    }
  }

  /** When a question was put, by the clock as it is now: it may have been set back since. */
  #since(asked: number): number {
    return Math.min(asked, this.#clock())
  }
}

function defaultMaxAge(token: VerifiedToken): number {
  return token.verifiedBy === 'signature' ? Number.POSITIVE_INFINITY : INTROSPECTION_MAX_AGE
}
