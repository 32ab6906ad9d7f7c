import { keycloakProfile } from '../keycloak/profile.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import { type Environment, optional, port, required, words, wrong } from './variables.ts'

/**
 * Reads the variables of the MCP tutorial. The server uses Keycloak, and introspects every token.
 *
 * @throws {TypeError} naming the variable
 * @internal
 */
export function fromTutorialVariables(environment: Environment): ResourceServerOptions {
  // With OAUTH_STRICT=false, the tutorial's server would accept tokens that were issued for other servers.
  const strict = optional(environment, 'OAUTH_STRICT') ?? 'true'
  if (strict.toLowerCase() !== 'true') {
    throw wrong('OAUTH_STRICT must be "true" or left out: audiences are always checked')
  }
  const transport = optional(environment, 'TRANSPORT') ?? 'streamable-http'
  if (transport === 'stdio') {
    throw wrong('TRANSPORT=stdio has no HTTP requests to protect; use streamable-http')
  }
  const host = optional(environment, 'HOST') ?? 'localhost'
  const authHost = optional(environment, 'AUTH_HOST') ?? host
  const realm = encodeURIComponent(required(environment, 'AUTH_REALM'))
  return {
    resource: `http://${host}:${port(environment, 'PORT', 3000)}`,
    authorizationServer: {
      issuer: `http://${authHost}:${port(environment, 'AUTH_PORT', 8080)}/realms/${realm}`,
      profile: keycloakProfile,
      verification: 'introspection',
      introspection: {
        clientId: required(environment, 'OAUTH_CLIENT_ID'),
        clientSecret: required(environment, 'OAUTH_CLIENT_SECRET'),
      },
    },
    requiredScopes:
      environment.MCP_SCOPE === undefined ? ['mcp:tools'] : words(environment, 'MCP_SCOPE'),
  }
}

/**
 * Reads the variables of a server whose audience is its client id in Keycloak.
 *
 * @throws {TypeError} naming the variable
 * @internal
 */
export function fromClientIdVariables(environment: Environment): ResourceServerOptions {
  const clientId = required(environment, 'MCP_SERVER_CLIENT_ID')
  return {
    resource: required(environment, 'MCP_RESOURCE'),
    authorizationServer: {
      issuer: required(environment, 'AUTHZ_SERVER_BASE_URL'),
      profile: keycloakProfile,
      introspection: { clientId, clientSecret: required(environment, 'MCP_SERVER_CLIENT_SECRET') },
    },
    additionalAudiences: [clientId],
    requiredScopes: words(environment, 'MCP_SCOPES'),
  }
}
