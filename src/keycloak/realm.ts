import {
  BUILT_IN_DEFAULTS,
  BUILT_IN_OPTIONALS,
  BUILT_IN_SCOPE_MAPPINGS,
  BUILT_IN_SCOPES,
} from './builtin-scopes.ts'
import { checkRealmOptions } from './check-realm-options.ts'
import {
  clientOf,
  defaultClients,
  downstreamClient,
  keycloakAlgorithm,
  newSecret,
  serverClient,
} from './realm-clients.ts'
import { realmComponents } from './realm-components.ts'
import type { KeycloakRealmOptions, PartialKeycloakRealmOptions } from './realm-options.ts'
import type { KeycloakRealm, PartialKeycloakRealm } from './realm-representation.ts'
import {
  DEFAULT_SCOPES,
  downstreamScope,
  mcpScope,
  ROLES_SCOPE,
  rolesScope,
  scopeMappings,
  scopesOf,
} from './realm-scopes.ts'
import { serviceAccountUsers, userOf } from './realm-users.ts'

/**
 * Writes a Keycloak realm for an MCP server: its scopes with both audiences that a token needs
 * (the server's URL, and the client that introspects), a client for the server, clients that call
 * it, keys, and registration policies that let nobody in by accident.
 *
 * The result is Keycloak's realm representation: a file for `--import-realm`, or for "Create realm"
 * in the admin console. Secrets and passwords that are not given are generated; they stand in the
 * result.
 *
 * With `partial` the result is what a realm that exists needs: its keys, its registration policies
 * and its built-in scopes are left as they are. Keycloak's partial import takes clients, roles and
 * users from it, and passes over the client scopes and scope mappings without a word: create those
 * first.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { keycloakRealm } from 'mcp-resource-server/keycloak'
 *
 * const realm = keycloakRealm({
 *   realm: 'acme',
 *   resource: 'https://mcp.example.com/mcp',
 *   scopes: ['mcp:tools'],
 *   optionalScopes: [{ name: 'mcp:admin', roles: ['mcp-admin'] }],
 *   registration: { trustedHosts: ['agents.example.com'] },
 * })
 * console.log(JSON.stringify(realm, null, 2))
 * ```
 */
export function keycloakRealm(options: PartialKeycloakRealmOptions): PartialKeycloakRealm
export function keycloakRealm(options: KeycloakRealmOptions): KeycloakRealm
export function keycloakRealm(
  options: KeycloakRealmOptions | PartialKeycloakRealmOptions,
): KeycloakRealm | PartialKeycloakRealm {
  checkRealmOptions(options)
  const parts = partsOf(options)
  if (options.partial === true) return { ifResourceExists: 'SKIP', ...parts }
  const { realm = 'mcp', algorithms = ['RS256'], registration = {} } = options
  return {
    realm,
    enabled: true,
    sslRequired: 'external',
    bruteForceProtected: true,
    accessTokenLifespan: options.accessTokenLifetime ?? 300,
    defaultSignatureAlgorithm: keycloakAlgorithm(algorithms[0] ?? 'RS256'),
    ...parts,
    clientScopes: [...BUILT_IN_SCOPES, ...parts.clientScopes],
    scopeMappings: [...BUILT_IN_SCOPE_MAPPINGS, ...parts.scopeMappings],
    defaultDefaultClientScopes: [...BUILT_IN_DEFAULTS, ...parts.defaultDefaultClientScopes],
    defaultOptionalClientScopes: [...BUILT_IN_OPTIONALS, ...parts.defaultOptionalClientScopes],
    components: realmComponents(algorithms, registration, [
      ...parts.defaultDefaultClientScopes,
      ...parts.defaultOptionalClientScopes,
    ]),
  }
}

/** What a new realm and an existing one have in common. */
function partsOf(
  options: KeycloakRealmOptions | PartialKeycloakRealmOptions,
): Omit<PartialKeycloakRealm, 'ifResourceExists'> {
  const { realm = 'mcp', resource, server = {}, downstream, users = [] } = options
  const { clientId: serverId = resource, secret = newSecret() } = server
  const clients = options.clients ?? defaultClients(options.redirectUris)
  const scopes = scopesOf(options.scopes ?? DEFAULT_SCOPES)
  const optionalScopes = scopesOf(options.optionalScopes)
  const all = [...scopes, ...optionalScopes]
  const realmRoles = distinct([
    ...(options.roles ?? []),
    ...[...all, ...clients, ...users].flatMap(({ roles = [] }) => roles),
  ])
  const clientRoles = distinct([
    ...(server.roles ?? []),
    ...users.flatMap((user) => user.clientRoles ?? []),
  ])
  const rolesWanted = realmRoles.length + clientRoles.length > 0
  const always = rolesWanted ? [ROLES_SCOPE] : []
  const byDefault = scopes.map(({ name }) => name)
  const onRequest = optionalScopes.map(({ name }) => name)
  return {
    roles: {
      realm: realmRoles.map((name) => ({ name })),
      client: rolesOfClient(serverId, clientRoles),
    },
    clientScopes: [
      ...(rolesWanted ? [rolesScope()] : []),
      ...all.map((scope) => mcpScope(scope, options, serverId)),
      ...(downstream === undefined ? [] : [downstreamScope(downstream)]),
    ],
    defaultDefaultClientScopes: [...always, ...byDefault],
    defaultOptionalClientScopes: onRequest,
    ...scopeMappings(all, realmRoles, clientRoles, serverId),
    clients: [
      serverClient(serverId, secret, resource, downstream),
      ...(downstream === undefined ? [] : [downstreamClient(downstream)]),
      ...clients.map((client) => {
        const own = client.scopes ?? byDefault
        const further = (client.optionalScopes ?? onRequest).filter((name) => !own.includes(name))
        // Roles of the server's client bring its audience along: only to clients of this server.
        const roles = own.length + further.length > 0 ? always : []
        return clientOf(client, {
          scopes: [...BUILT_IN_DEFAULTS, ...roles, ...own],
          optionalScopes: [...BUILT_IN_OPTIONALS, ...further],
        })
      }),
    ],
    users: [...serviceAccountUsers(clients), ...users.map((user) => userOf(user, realm, serverId))],
  }
}

function rolesOfClient(
  clientId: string,
  roles: readonly string[],
): Readonly<Record<string, readonly { readonly name: string }[]>> {
  return roles.length === 0 ? {} : { [clientId]: roles.map((name) => ({ name })) }
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)]
