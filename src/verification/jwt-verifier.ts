import { readOptions } from '../options/read-options.ts'
import { bearerOnly } from './bearer-only.ts'
import { ClosableVerification } from './closable-verification.ts'
import type { JwtVerifierOptions } from './options.ts'
import { jwtVerifierSchema } from './options-schema.ts'
import { withRefusalHints } from './refusal-hints.ts'
import { createSingleIssuer } from './single-issuer.ts'
import type { TokenVerifier } from './token-verifier.ts'

/**
 * Creates a verifier that verifies JWT access tokens with the issuer's public keys (RFC 9068 §4). It
 * caches the keys, but no results. To cache results, wrap it in `createCachedVerifier`, or use
 * `createResourceServer`.
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
 * import { createJwtVerifier } from 'mcp-resource-server/verifiers'
 *
 * const verifier = createJwtVerifier({
 *   issuer: 'https://sso.example.com/realms/acme',
 *   audience: 'https://mcp.example.com/mcp',
 *   profile: keycloakProfile,
 * })
 * const token = await verifier.verify('eyJhbGciOi…')
 * console.log(token.subject, token.scopes)
 * ```
 */
export function createJwtVerifier(options: JwtVerifierOptions): TokenVerifier {
  const settings = readOptions('createJwtVerifier', jwtVerifierSchema, options)
  const { issuer, http } = createSingleIssuer('createJwtVerifier', settings)
  const verification = withRefusalHints(issuer.jwt(), [[settings.issuer, issuer.profile]])
  const { maxTokenLength } = settings
  return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)
}
