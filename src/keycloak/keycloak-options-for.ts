import type { KeycloakOptions } from './keycloak.ts'
import type { KeycloakRealmOptions, PartialKeycloakRealmOptions } from './realm-options.ts'
import { ACCESS_TOKEN_LIFETIME } from './realm-sessions.ts'

/** What a realm of the recipe wants of the server that it is made for. */
export interface OptionsForServer {
  /** Of `keycloak()`; the secret is missing. */
  readonly keycloak: Required<Pick<KeycloakOptions, 'clientId'>> &
    Pick<KeycloakOptions, 'additionalAudiences'>
  /** Of `createResourceServer()`. */
  readonly resourceServer: {
    readonly resource: string
    readonly exclusiveAudience: true
    /** Missing for a realm that exists: its lifetime is not known here. */
    readonly maxTokenLifetime?: number
  }
}

/**
 * Tells what the MCP server has to be told so that it holds to what the realm promises. The realm
 * alone is half of the gate: `exclusiveAudience` refuses tokens for more than one server, and tokens that
 * were requested without `resource`; `maxTokenLifetime` those of a client that gave itself longer
 * ones.
 *
 * @param options of the realm, or of what is added to a realm
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { keycloak, keycloakOptionsFor } from 'mcp-resource-server/keycloak'
 *
 * const options = keycloakOptionsFor({ resource: 'https://mcp.example.com/mcp' })
 * const resourceServer = createResourceServer({
 *   ...options.resourceServer,
 *   authorizationServer: keycloak('https://sso.example.com/realms/acme', {
 *     ...options.keycloak,
 *     clientSecret: process.env.CLIENT_SECRET ?? '',
 *   }),
 *   requiredScopes: ['mcp:tools'],
 * })
 * console.log(resourceServer.metadata.resource)
 * ```
 */
export function keycloakOptionsFor(
  options: KeycloakRealmOptions | PartialKeycloakRealmOptions,
): OptionsForServer {
  const { resource, server = {} } = options
  const { clientId = resource } = server
  return {
    keycloak: { clientId, ...(clientId === resource ? {} : { additionalAudiences: [clientId] }) },
    resourceServer: {
      resource,
      exclusiveAudience: true,
      ...(options.partial ? {} : { maxTokenLifetime: longestLifetime(options) }),
    },
  }
}

function longestLifetime(options: KeycloakRealmOptions): number {
  const { clients = [], accessTokenLifetime = ACCESS_TOKEN_LIFETIME } = options
  return Math.max(accessTokenLifetime, ...clients.map(({ tokens }) => tokens?.lifetime ?? 0))
}
