import type { KeycloakOptions } from './keycloak.ts'
import { clientsOf } from './realm-clients.ts'
import type { KeycloakRealmOptions, PartialKeycloakRealmOptions } from './realm-options.ts'
import { ACCESS_TOKEN_LIFETIME } from './realm-sessions.ts'

/** The options that an MCP server needs for a realm that {@link keycloakRealm} wrote. */
export interface OptionsForServer {
  /** Options of `keycloak()`, without the secret. */
  readonly keycloak: Required<Pick<KeycloakOptions, 'clientId'>> &
    Pick<
      KeycloakOptions,
      'additionalAudiences' | 'backchannelLogout' | 'notBefore' | 'adminActions'
    >
  /** Options of `createResourceServer()`. */
  readonly resourceServer: {
    readonly resource: string
    readonly exclusiveAudience: true
    /** In seconds. `undefined` for an existing realm, because its token lifetime is unknown. */
    readonly maxTokenLifetime?: number
  }
}

/**
 * Makes the options that the MCP server needs for a realm that `keycloakRealm` wrote. The realm alone
 * does not protect the server. `exclusiveAudience` refuses tokens for more than one server, and tokens
 * that were requested without `resource`. `maxTokenLifetime` refuses tokens of a client that raised its
 * token lifetime.
 *
 * @param options the same as for `keycloakRealm`
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
  const { resource, server = {}, revocation = {} } = options
  const { clientId = resource } = server
  return {
    keycloak: {
      clientId,
      ...(clientId === resource ? {} : { additionalAudiences: [clientId] }),
      ...(revocation.notBefore ? { notBefore: true, adminActions: { clientIds: clientId } } : {}),
      ...(revocation.backchannelLogout ? { backchannelLogout: clientIdsOf(options) } : {}),
    },
    resourceServer: {
      resource,
      exclusiveAudience: true,
      ...(options.partial ? {} : { maxTokenLifetime: longestLifetime(options) }),
    },
  }
}

/** The clients whose logout tokens come to this server: those with an address of their own are left out. */
function clientIdsOf(
  options: KeycloakRealmOptions | PartialKeycloakRealmOptions,
): readonly string[] {
  return clientsOf(options)
    .filter(({ backchannelLogoutUrl }) => backchannelLogoutUrl === undefined)
    .map(({ clientId }) => clientId)
}

function longestLifetime(options: KeycloakRealmOptions): number {
  const { clients = [], accessTokenLifetime = ACCESS_TOKEN_LIFETIME } = options
  return Math.max(accessTokenLifetime, ...clients.map(({ tokens }) => tokens?.lifetime ?? 0))
}
