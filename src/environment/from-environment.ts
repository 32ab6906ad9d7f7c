import type { ResourceServerOptions } from '../resource-server/options.ts'
import { fromClientIdVariables, fromTutorialVariables } from './keycloak-variables.ts'
import { fromOwnVariables } from './own-variables.ts'
import { type Environment, isSet, wrong } from './variables.ts'

export type { Environment }

/** The sets of variables. A set is used if its marker is set. Two markers at once are refused. */
const SETS = [
  { marker: 'MCP_ISSUER', read: fromOwnVariables },
  { marker: 'AUTH_REALM', read: fromTutorialVariables },
  { marker: 'AUTHZ_SERVER_BASE_URL', read: fromClientIdVariables },
] as const

/**
 * Reads options of `createResourceServer` from environment variables. To add options that have no
 * variable, spread the result, as in the example. One of three sets of variables must be set:
 *
 * - **The variables of this package**: `MCP_ISSUER`, `MCP_RESOURCE` (both required), `MCP_SCOPES`,
 *   `MCP_AUDIENCES` (lists with spaces between the entries), `MCP_PROFILE` (`rfc9068`, `keycloak`,
 *   `auth0`, `entra-id`, `okta` or `cognito`),
 *   `MCP_CLIENT_ID`, `MCP_CLIENT_SECRET` or `MCP_CLIENT_KEY_FILE` (a PEM, for `private_key_jwt`),
 *   `MCP_VERIFICATION` (`jwt`, `introspection` or `hybrid`), `MCP_CONFIRM` (`never`, `always` or
 *   seconds), `MCP_DPOP` (`off`, `accepted` or `required`), `MCP_ALLOWED_ORIGINS` (a list, or `*`).
 * - **The variables of the MCP tutorial**, for Keycloak with introspection: `AUTH_REALM`,
 *   `OAUTH_CLIENT_ID`, `OAUTH_CLIENT_SECRET` (required), `AUTH_HOST` (default: the value of `HOST`),
 *   `AUTH_PORT` (default 8080), `HOST` (default `localhost`), `PORT` (default 3000), `MCP_SCOPE`
 *   (default `mcp:tools`), `OAUTH_STRICT` (must be `true` if set), `TRANSPORT`.
 * - **The variables of a server whose audience is its Keycloak client id**: `AUTHZ_SERVER_BASE_URL`,
 *   `MCP_SERVER_CLIENT_ID`, `MCP_SERVER_CLIENT_SECRET`, `MCP_RESOURCE` (required), `MCP_SCOPES`.
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
