import { readOptions } from '../options/read-options.ts'
import { bearerOnly } from './bearer-only.ts'
import { ClosableVerification } from './closable-verification.ts'
import { HybridVerification } from './hybrid-verification.ts'
import type { HybridVerifierOptions } from './options.ts'
import { hybridVerifierSchema } from './options-schema.ts'
import { createSingleIssuer } from './single-issuer.ts'
import type { TokenVerifier } from './token-verifier.ts'

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
  const settings = readOptions('createHybridVerifier', hybridVerifierSchema, options)
  const { issuer, http } = createSingleIssuer('createHybridVerifier', settings)
  const verification = new HybridVerification({
    jwt: issuer.jwt(),
    introspection: issuer.introspection(settings.introspection),
    confirm: settings.confirm,
    profile: issuer.profile,
  })
  const { maxTokenLength } = settings
  return bearerOnly(new ClosableVerification(verification, http), maxTokenLength)
}
