import { readOptions } from '../options/read-options.ts'
import { bearerOnly } from './bearer-only.ts'
import { ClosableVerification } from './closable-verification.ts'
import { HybridVerification } from './hybrid-verification.ts'
import type { HybridVerifierOptions } from './options.ts'
import { hybridVerifierSchema } from './options-schema.ts'
import { withRefusalHints } from './refusal-hints.ts'
import { createSingleIssuer } from './single-issuer.ts'
import type { TokenVerifier } from './token-verifier.ts'

/**
 * Creates a verifier that verifies JWTs with the issuer's keys, and other tokens by introspection.
 *
 * A JWT that fails is refused, and never introspected. A JWT that passed is confirmed by introspection
 * (`confirm`). For a lightweight JWT, introspection adds the missing claims (see
 * `TokenProfile.isLightweight`).
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
  const settings = readOptions('createHybridVerifier', hybridVerifierSchema, options)
  const { issuer, http } = createSingleIssuer('createHybridVerifier', settings)
  const hybrid = new HybridVerification({
    jwt: issuer.jwt(),
    introspection: issuer.introspection(settings.introspection),
    confirm: settings.confirm,
    profile: issuer.profile,
  })
  const verification = withRefusalHints(hybrid, [[settings.issuer, issuer.profile]])
  const { maxTokenLength } = settings
  return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)
}
