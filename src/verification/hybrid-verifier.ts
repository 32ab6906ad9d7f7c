import type { AuthorizationServerOptions, JwtOptions } from '../authorization-server/options.ts'
import { assertOptions } from '../options/check-options.ts'
import { hybridVerifierSchema } from '../options/schemas.ts'
import { MAX_TOKEN_LENGTH } from '../token/defaults.ts'
import { bearerOnly } from './bearer-only.ts'
import { ClosableVerification } from './closable-verification.ts'
import { HybridVerification } from './hybrid-verification.ts'
import type { IntrospectionVerifierOptions } from './introspection-verifier.ts'
import { createSingleIssuer } from './single-issuer.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** Options of {@link createHybridVerifier}. */
export interface HybridVerifierOptions extends IntrospectionVerifierOptions, JwtOptions {
  /**
   * Whether introspection confirms a JWT whose signature holds, so that a revocation is noticed:
   * `never`, `always` (at each request), or at most every so many seconds. Default 30. The verifier
   * remembers nothing, so it asks at every call unless this is `never`. Wrap it in
   * `createCachedVerifier`, which reuses a result for that many seconds.
   */
  readonly confirm?: NonNullable<AuthorizationServerOptions['confirm']>
}

/**
 * Verifies JWTs by the issuer's keys and other tokens by introspection.
 *
 * A JWT that fails is refused: it never gets a second opinion from introspection. A JWT that passed is
 * confirmed by introspection (`confirm`), and a lightweight JWT is completed by it (see
 * `TokenProfile.isLightweight`).
 *
 * It refuses tokens that are bound to a key or certificate: it cannot see the request that has to prove
 * possession. Pass it to `createResourceServer({ verifier })` for those.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { keycloakProfile } from 'mcp-resource-server/keycloak'
 * import { createHybridVerifier } from 'mcp-resource-server/verifiers'
 *
 * const verifier = createHybridVerifier({
 *   issuer: 'https://sso.example.com/realms/acme',
 *   audience: 'https://mcp.example.com/mcp',
 *   profile: keycloakProfile,
 *   introspection: { clientId: 'mcp-server', clientSecret: 'from-your-vault' },
 * })
 * ```
 */
export function createHybridVerifier(options: HybridVerifierOptions): TokenVerifier {
  assertOptions('createHybridVerifier', hybridVerifierSchema, options)
  const { issuer, http } = createSingleIssuer('createHybridVerifier', options)
  const verification = new HybridVerification({
    jwt: issuer.jwt(),
    introspection: issuer.introspection(options.introspection),
    confirm: options.confirm,
    profile: issuer.profile,
  })
  const { maxTokenLength = MAX_TOKEN_LENGTH } = options
  return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)
}
