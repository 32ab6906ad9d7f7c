import { assertOptions } from '../options/check-options.ts'
import { clockOf } from '../options/clock-option.ts'
import { cachedVerifierSchema, verifierSchema } from '../options/schemas.ts'
import { createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import { CLOCK_TOLERANCE, MAX_TOKEN_LENGTH } from '../token/defaults.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { bearerOnly, verificationBehind } from './bearer-only.ts'
import { CachedVerification } from './cached-verification.ts'
import type { TokenVerifier } from './token-verifier.ts'

const WHERE = 'createCachedVerifier'

/** Options of {@link createCachedVerifier}. */
export interface CachedVerifierOptions {
  /** Most verified tokens kept; default 10 000. The least recently used goes first. */
  readonly maxEntries?: number
  /**
   * Seconds for which a result is reused, or a function that says so for each token. Never past
   * `exp`. 0 keeps nothing and still lets concurrent requests with one token share one
   * verification. Default: as the verifier says. A JWT is kept until `exp`, a JWT that introspection
   * confirms as long as `confirm` of the hybrid verifier says, and everything else for 30 seconds.
   */
  readonly maxAge?: number | ((token: VerifiedToken) => number)
  /** Seconds for which "inactive" is remembered; default 5. No other refusal is remembered. */
  readonly negativeMaxAge?: number
  /** Most inactive tokens remembered, apart from the good ones; default 1000. */
  readonly negativeMaxEntries?: number
  /** Longest token in characters; default 8192. A smaller limit of the verifier still counts. */
  readonly maxTokenLength?: number
  /** Seconds by which clocks may differ when expiry is checked at a hit; default 5. */
  readonly clockTolerance?: number
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: Clock
}

/**
 * Remembers what another verifier verified.
 *
 * A result is kept under the SHA-256 digest of its token. The number of results is bounded, and no
 * result is kept past the expiry of its token. The cache keeps the verification, not the
 * authorization: expiry and trust in the key are checked again at every hit, scopes and revocation by
 * the resource server (RFC 9700 §2.3). Failures are not kept, with one exception: that introspection
 * called a token inactive is remembered for some seconds.
 *
 * Like every verifier, it refuses tokens that are bound to a key or certificate: it cannot see the
 * request that has to prove possession. Pass it to `createResourceServer({ verifier })` for those.
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
  const clock = clockOf(WHERE, options)
  const { maxAge, maxEntries = 10_000, maxTokenLength = MAX_TOKEN_LENGTH } = options
  const behind = verificationBehind(verifier)
  const cached = new CachedVerification(behind.verification, {
    store: createBoundedCache(maxEntries, clock),
    maxAge: typeof maxAge === 'number' ? () => maxAge : maxAge && (({ token }) => maxAge(token)),
    negativeMaxAge: options.negativeMaxAge,
    negativeMaxEntries: options.negativeMaxEntries,
    clockTolerance: options.clockTolerance ?? CLOCK_TOLERANCE,
    clock,
  })
  return bearerOnly(cached, Math.min(maxTokenLength, behind.maxTokenLength))
}
