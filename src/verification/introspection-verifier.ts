import type { IntrospectionOptions } from '../authorization-server/options.ts'
import { assertOptions } from '../options/check-options.ts'
import { introspectionVerifierSchema } from '../options/schemas.ts'
import { closing } from './closing.ts'
import { IssuerVerification } from './issuer-verification.ts'
import { type SingleIssuerOptions, surroundingsOf } from './single-issuer.ts'
import type { TokenVerifier } from './token-verifier.ts'

/** Options of {@link createIntrospectionVerifier}. */
export interface IntrospectionVerifierOptions extends SingleIssuerOptions {
  readonly introspection: IntrospectionOptions
}

/**
 * Verifies access tokens, opaque ones and JWTs alike, by asking the authorization server about
 * each (RFC 7662). The answer is judged by the same rules as a JWT's claims: issuer, audience,
 * expiry, type, confirmation.
 *
 * It asks at every call: wrap it in `createCachedVerifier`, or use `createResourceServer`.
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
  const surroundings = surroundingsOf('createIntrospectionVerifier', options)
  const issuer = new IssuerVerification(options, surroundings)
  return closing(issuer.introspection(options.introspection), surroundings.http)
}
