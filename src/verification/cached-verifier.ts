import { clockOf } from '../options/clock-option.ts'
import { readOptions } from '../options/read-options.ts'
import { createBoundedCache } from '../storage/bounded-cache.ts'
import { bearerOnly, verificationBehind } from './bearer-only.ts'
import { CachedVerification } from './cached-verification.ts'
import type { CachedVerifierOptions } from './options.ts'
import { cachedVerifierSchema, verifierSchema } from './options-schema.ts'
import type { TokenVerifier } from './token-verifier.ts'

const WHERE = 'createCachedVerifier'

/**
 * Creates a verifier that caches the results of another verifier.
 *
 * The key of a result is the SHA-256 digest of the token. The number of results is limited, and a
 * result is dropped when its token expires. Expiry and trust in the signing key are checked again at
 * every hit. The resource server checks scopes and revocation at every request (RFC 9700 §2.3).
 * Failures are not cached, with one exception: if introspection calls a token inactive, the cache
 * remembers that for `negativeMaxAge` seconds.
 *
 * Called directly, it refuses tokens that are bound to a key or certificate, because a verifier cannot
 * see the request with the proof of possession. To accept such tokens, pass it to
 * `createResourceServer({ verifier })`.
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
  readOptions(WHERE, verifierSchema, verifier)
  const settings = readOptions(WHERE, cachedVerifierSchema, options)
  const clock = clockOf(WHERE, settings)
  const { maxAge, maxEntries, maxTokenLength } = settings
  const behind = verificationBehind(verifier)
  const cached = new CachedVerification(behind.verification, {
    store: createBoundedCache(maxEntries, clock),
    maxAge: typeof maxAge === 'number' ? () => maxAge : maxAge && (({ token }) => maxAge(token)),
    negativeMaxAge: settings.negativeMaxAge,
    negativeMaxEntries: settings.negativeMaxEntries,
    clockTolerance: settings.clockTolerance,
    clock,
  })
  return bearerOnly(cached, Math.min(maxTokenLength, behind.maxTokenLength))
}
