import type { IntrospectionOptions } from '../authorization-server/options.ts'
import { assertOptions } from '../options/check-options.ts'
import { introspectionVerifierSchema } from '../options/schemas.ts'
import { MAX_TOKEN_LENGTH } from '../token/defaults.ts'
import { bearerOnly } from './bearer-only.ts'
import { ClosableVerification } from './closable-verification.ts'
import { createSingleIssuer, type SingleIssuerOptions } from './single-issuer.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** Options of {@link createIntrospectionVerifier}. */
export interface IntrospectionVerifierOptions extends SingleIssuerOptions {
  readonly introspection: IntrospectionOptions
}

/**
 * Verifies access tokens, opaque ones and JWTs alike, by asking the authorization server about
 * each (RFC 7662). The answer is held to the same rules as the claims of a JWT: issuer, audience,
 * expiry, type, confirmation.
 *
 * It asks at every call. Wrap it in `createCachedVerifier`, or use `createResourceServer`.
 *
 * It refuses tokens that are bound to a key or certificate: it cannot see the request that has to prove
 * possession. Pass it to `createResourceServer({ verifier })` for those.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { keycloakProfile } from 'mcp-resource-server/keycloak'
 * import { createIntrospectionVerifier } from 'mcp-resource-server/verifiers'
 *
 * const verifier = createIntrospectionVerifier({
 *   issuer: 'https://sso.example.com/realms/acme',
 *   audience: 'https://mcp.example.com/mcp',
 *   profile: keycloakProfile,
 *   introspection: { clientId: 'mcp-server', clientSecret: 'from-your-vault' },
 * })
 * ```
 */
export function createIntrospectionVerifier(options: IntrospectionVerifierOptions): TokenVerifier {
  assertOptions('createIntrospectionVerifier', introspectionVerifierSchema, options)
  const { issuer, http } = createSingleIssuer('createIntrospectionVerifier', options)
  const verification = issuer.introspection(options.introspection)
  const { maxTokenLength = MAX_TOKEN_LENGTH } = options
  return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)
}
