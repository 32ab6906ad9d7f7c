import type { ResourceServerOptions } from '../resource-server/options.ts'
import { createResourceServer, type ResourceServer } from '../resource-server/resource-server.ts'
import { stateOf } from './issuer-state.ts'
import type { TestIssuer } from './test-issuer.ts'
import { trustingOptions } from './trusting-options.ts'

/**
 * Makes a resource server that trusts several test issuers. With one issuer, `issuer.resourceServer()` is
 * shorter. The resource server is closed together with the first issuer.
 *
 * @param issuers one for each server in the option `authorizationServer`, in the same order
 * @param options the options of your server. `authorizationServer`, `http` and `clock` lead to the issuers.
 * @throws {TypeError} naming what does not fit together
 *
 * @example
 * ```ts
 * import { createTestIssuer, createTestResourceServer } from 'mcp-resource-server/testing'
 *
 * await using staff = createTestIssuer({ issuer: 'https://staff.test' })
 * await using partners = createTestIssuer({ issuer: 'https://partners.test', profile: 'keycloak' })
 * const resourceServer = createTestResourceServer([staff, partners], { requiredScopes: ['mcp:tools'] })
 * const token = await partners.token({ scopes: ['mcp:tools'] })
 * console.log((await resourceServer.verify(token)).issuer) // 'https://partners.test'
 * ```
 */
export function createTestResourceServer(
  issuers: readonly TestIssuer[],
  options: Partial<ResourceServerOptions> = {},
): ResourceServer {
  const where = 'createTestResourceServer'
  const states = issuers.map((issuer) => stateOf(where, issuer))
  const created = createResourceServer(trustingOptions(where, states, options))
  states[0]?.servers.add(created)
  return created
}
