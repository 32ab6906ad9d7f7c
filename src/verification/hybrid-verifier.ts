import type { JwtOptions } from '../authorization-server/options.ts'
import { assertOptions } from '../options/check-options.ts'
import { hybridVerifierSchema } from '../options/schemas.ts'
import { closing } from './closing.ts'
import { HybridVerification } from './hybrid-verification.ts'
import type { IntrospectionVerifierOptions } from './introspection-verifier.ts'
import { IssuerVerification } from './issuer-verification.ts'
import { surroundingsOf } from './single-issuer.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** Options of {@link createHybridVerifier}. */
export interface HybridVerifierOptions extends IntrospectionVerifierOptions, JwtOptions {
  /**
   * Whether a JWT that passed by its signature is asked about too; default `always`. For "at most
   * every so many seconds" wrap the verifier in `createCachedVerifier({ maxAge })`.
   */
  readonly confirm?: 'never' | 'always'
}

/**
 * Verifies JWTs by the issuer's keys and other tokens by introspection.
 *
 * A JWT that fails is refused: it never gets a second opinion from introspection. One that passed
 * may be confirmed, and a lightweight one is completed, by introspection (see
 * `TokenProfile.isLightweight`).
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
 *   confirm: 'always',
 * })
 * ```
 */
export function createHybridVerifier(options: HybridVerifierOptions): TokenVerifier {
  assertOptions('createHybridVerifier', hybridVerifierSchema, options)
  const { confirm = 'always', ...rest } = options
  const surroundings = surroundingsOf('createHybridVerifier', options)
  const issuer = new IssuerVerification(rest, surroundings)
  const verifier = new HybridVerification({
    jwt: issuer.jwt(),
    introspection: issuer.introspection(options.introspection),
    confirm: confirm === 'always',
    scopeClaims: issuer.profile.scopeClaims.introspection,
  })
  return closing(verifier, surroundings.http)
}
