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
