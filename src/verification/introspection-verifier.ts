import { readOptions } from '../options/read-options.ts'
import { bearerOnly } from './bearer-only.ts'
import { ClosableVerification } from './closable-verification.ts'
import type { IntrospectionVerifierOptions } from './options.ts'
import { introspectionVerifierSchema } from './options-schema.ts'
import { createSingleIssuer } from './single-issuer.ts'
import type { TokenVerifier } from './token-verifier.ts'

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
  const settings = readOptions('createIntrospectionVerifier', introspectionVerifierSchema, options)
  const { issuer, http } = createSingleIssuer('createIntrospectionVerifier', settings)
  const verification = issuer.introspection(settings.introspection)
  const { maxTokenLength } = settings
  return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)
}
