import { readOptions } from '../options/read-options.ts'
import { bearerOnly } from './bearer-only.ts'
import { ClosableVerification } from './closable-verification.ts'
import type { IntrospectionVerifierOptions } from './options.ts'
import { introspectionVerifierSchema } from './options-schema.ts'
import { withRefusalHints } from './refusal-hints.ts'
import { createSingleIssuer } from './single-issuer.ts'
import type { TokenVerifier } from './token-verifier.ts'

/**
 * Creates a verifier that introspects every token, opaque tokens and JWTs alike (RFC 7662). The answer
 * must pass the same rules as the claims of a JWT: issuer, audience, expiry, type, confirmation.
 *
 * It has no cache, so it calls the authorization server for every token. Wrap it in
 * `createCachedVerifier`, or use `createResourceServer`.
 *
 * Called directly, it refuses tokens that are bound to a key or certificate, because a verifier cannot
 * see the request with the proof of possession. To accept such tokens, pass it to
 * `createResourceServer({ verifier })`.
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
  const verification = withRefusalHints(issuer.introspection(settings.introspection), [
    [settings.issuer, issuer.profile],
  ])
  const { maxTokenLength } = settings
  return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)
}
