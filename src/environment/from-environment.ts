import type { ResourceServerOptions } from '../resource-server/options.ts'
import { fromClientIdVariables, fromTutorialVariables } from './keycloak-variables.ts'
import { fromOwnVariables } from './own-variables.ts'
import { type Environment, isSet, wrong } from './variables.ts'

export type { Environment }

/** The sets of variables, each with the variable that selects it. Two sets at once are refused. */
const SETS = [
  { marker: 'MCP_ISSUER', read: fromOwnVariables },
  { marker: 'AUTH_REALM', read: fromTutorialVariables },
  { marker: 'AUTHZ_SERVER_BASE_URL', read: fromClientIdVariables },
] as const

/**
 * Reads options of `createResourceServer` from environment variables. Add options that have no
 * variable by spreading, as in the example. One of three sets of variables must be set:
 *
 * - **Ours**: `MCP_ISSUER`, `MCP_RESOURCE` (both required), `MCP_SCOPES`, `MCP_AUDIENCES` (lists
 *   with blanks between), `MCP_PROFILE` (`rfc9068` or `keycloak`), `MCP_CLIENT_ID`, `MCP_CLIENT_SECRET`, `MCP_VERIFICATION`,
 *   `MCP_CONFIRM` (`never`, `always` or seconds), `MCP_ALLOWED_ORIGINS` (a list, or `*`).
 * - **The MCP tutorial's**, for Keycloak and introspection: `AUTH_REALM`, `OAUTH_CLIENT_ID`,
 *   `OAUTH_CLIENT_SECRET` (required), `AUTH_HOST` (default `HOST`), `AUTH_PORT` (8080), `HOST`
 *   (`localhost`), `PORT` (3000), `MCP_SCOPE` (`mcp:tools`), `OAUTH_STRICT`, `TRANSPORT`.
 * - **A Keycloak client id as audience**: `AUTHZ_SERVER_BASE_URL`, `MCP_SERVER_CLIENT_ID`,
 *   `MCP_SERVER_CLIENT_SECRET`, `MCP_RESOURCE` (required), `MCP_SCOPES`.
 *
 * @throws {TypeError} naming the variable that is missing, malformed or contradicts another
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { fromEnvironment } from 'mcp-resource-server/environment'
 *
 * const resourceServer = createResourceServer({
 *   ...fromEnvironment({
 *     MCP_ISSUER: 'https://sso.example.com/realms/acme',
 *     MCP_RESOURCE: 'https://mcp.example.com/mcp',
 *     MCP_PROFILE: 'keycloak',
 *     MCP_SCOPES: 'mcp:tools',
 *   }),
 *   clockTolerance: 10,
 * })
 * console.log(resourceServer.metadataUrl)
 * ```
 */
export function fromEnvironment(environment: Environment = process.env): ResourceServerOptions {
  const [set, other] = SETS.filter(({ marker }) => isSet(environment, marker))
  if (set === undefined) {
    throw wrong(`set one of ${SETS.map(({ marker }) => marker).join(', ')}`)
  }
  if (other !== undefined) {
    throw wrong(`${set.marker} and ${other.marker} belong to different sets; set one of them`)
  }
  return set.read(environment)
}
