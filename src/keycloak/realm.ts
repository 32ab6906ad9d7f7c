import {
  BUILT_IN_DEFAULTS,
  BUILT_IN_OPTIONALS,
  CREATE_BUILT_IN_SCOPES,
  NO_OFFLINE_SESSIONS,
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
import type {
  KeycloakRealmOptions,
  PartialKeycloakRealmOptions,
  RealmClient,
} from './realm-options.ts'
import { realmPolicies, scopePolicies } from './realm-policies.ts'
import type { KeycloakRealm, PartialKeycloakRealm } from './realm-representation.ts'
import {
  DEFAULT_SCOPES,
  downstreamScope,
  mcpScope,
  PROGRAM_SCOPE,
  programScope,
  ROLES_SCOPE,
  rolesScope,
  scopeMappings,
  scopesOf,
} from './realm-scopes.ts'
import { ACCESS_TOKEN_LIFETIME, realmSessions } from './realm-sessions.ts'
import { serviceAccountUsers, userOf } from './realm-users.ts'
import { warnOfRealm } from './realm-warnings.ts'

/**
 * Writes a Keycloak realm for an MCP server. By default nobody talks the realm into a token for the
 * server but a known client with a user who agreed, or a known program:
 *
 * - The server's scopes carry its audience. Only known clients may ask for them, and clients that
 *   register themselves where `registration` lets them.
 * - With `resourceIndicators` a token is good for one server, and for none without `resource`.
 * - Client policies demand PKCE with S256, and refuse the implicit, password, device and assertion
 *   grants, and client credentials and token exchange of strangers.
 * - Refresh tokens are used once, offline sessions end, passwords have a length, events are kept.
 *
 * The result is Keycloak's realm representation: a file for `--import-realm`, or for "Create realm"
 * in the admin console. Secrets and passwords that are not given are generated; they stand in the
 * result. `keycloakOptionsFor` tells what the server's `keycloak()` has to be told.
 *
 * With `partial` the result is what a realm that exists needs for one more server: its keys, its
 * sessions and its own clients are left as they are. `addToKeycloakRealm` adds it.
 *
 * What the options give away is told as process warnings (`KeycloakRealmWarning`), each with a code
 * of its own: see `keycloakRealmWarnings`.
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
 *   scopes: ['notes:read'],
 *   optionalScopes: [{ name: 'notes:admin', roles: ['notes-admin'] }],
 *   resourceIndicators: true,
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
  warnOfRealm(options)
  return options.partial === true ? additionsOf(options) : realmOf(options)
}

function realmOf(options: KeycloakRealmOptions): KeycloakRealm {
  const clients = options.clients ?? defaultClients(options.redirectUris)
  const parts = partsOf(options, clients)
  const { realm = 'mcp', algorithms = ['RS256'], registration = {}, allow = {} } = options
  return {
    realm,
    enabled: true,
    sslRequired: 'external',
    defaultSignatureAlgorithm: keycloakAlgorithm(algorithms[0] ?? 'RS256'),
    attributes: CREATE_BUILT_IN_SCOPES,
    ...realmSessions(allow, options.accessTokenLifetime ?? ACCESS_TOKEN_LIFETIME),
    ...(allow.offlineSessions ? parts : withoutOfflineSessions(parts)),
    ...realmPolicies({
      allow,
      registration,
      passwordGrant: clients.some(({ passwordGrant }) => passwordGrant),
    }),
    components: realmComponents(
      algorithms,
      registration,
      namesOf(parts.clientScopes).filter((name) => registrable(name, options)),
    ),
  }
}

function withoutOfflineSessions(parts: ReturnType<typeof partsOf>): typeof parts {
  const { role, scope, scopeMapping } = NO_OFFLINE_SESSIONS
  return {
    ...parts,
    roles: { ...parts.roles, realm: [role, ...parts.roles.realm] },
    clientScopes: [scope, ...parts.clientScopes],
    scopeMappings: [scopeMapping, ...parts.scopeMappings],
    defaultOptionalClientScopes: [scope.name, ...parts.defaultOptionalClientScopes],
  }
}

function additionsOf(options: PartialKeycloakRealmOptions): PartialKeycloakRealm {
  const { existingClients, allow = {}, resource } = options
  const clients =
    options.clients ?? (existingClients === undefined ? defaultClients(options.redirectUris) : [])
  const parts = partsOf(options, clients)
  return {
    // A client of that name may be one that a stranger registered.
    ifResourceExists: 'FAIL',
    ...parts,
    ...scopePolicies(allow, resource, namesOf(serverScopes(options))),
    serverScopes: namesOf(serverScopes(options)),
    existingClients: existingClients ?? [],
    registrableScopes: options.registration
      ? namesOf(parts.clientScopes).filter((name) => registrable(name, options))
      : [],
  }
}

type Options = KeycloakRealmOptions | PartialKeycloakRealmOptions

const serverScopes = (options: Options) => [
  ...scopesOf(options.scopes ?? DEFAULT_SCOPES),
  ...scopesOf(options.optionalScopes),
]

const namesOf = (list: readonly { readonly name: string }[]): readonly string[] =>
  list.map(({ name }) => name)

/** Neither what marks a program, nor what a token is exchanged for. */
const registrable = (name: string, { downstream }: Options): boolean =>
  name !== PROGRAM_SCOPE && name !== (downstream?.scope ?? downstream?.audience)

/** What a new realm and an existing one have in common. */
function partsOf(
  options: Options,
  clients: readonly RealmClient[],
): Pick<
  KeycloakRealm,
  | 'roles'
  | 'clientScopes'
  | 'defaultDefaultClientScopes'
  | 'defaultOptionalClientScopes'
  | 'scopeMappings'
  | 'clientScopeMappings'
  | 'clients'
  | 'users'
> {
  const { realm = 'mcp', resource, server = {}, downstream, users = [], allow = {} } = options
  const { clientId: serverId = resource, secret = newSecret() } = server
  const all = serverScopes(options)
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
  const names = namesOf(all)
  const toEveryone = Boolean(options.tutorial || allow.scopesForEveryClient)
  const atOnce = namesOf(scopesOf(options.scopes ?? DEFAULT_SCOPES))
  const unasked = toEveryone ? atOnce : []
  const asked = toEveryone || allow.scopesForClientsThatAsk ? names : []
  return {
    roles: {
      realm: realmRoles.map((name) => ({ name })),
      client: rolesOfClient(serverId, clientRoles),
    },
    clientScopes: [
      ...(rolesWanted ? [rolesScope()] : []),
      programScope(),
      ...all.map((scope) => mcpScope(scope, options, serverId)),
      ...(downstream === undefined ? [] : [downstreamScope(downstream)]),
    ],
    defaultDefaultClientScopes: toEveryone ? [...always, ...unasked] : [],
    defaultOptionalClientScopes: asked.filter((name) => !unasked.includes(name)),
    ...scopeMappings(all, realmRoles, clientRoles, serverId),
    clients: [
      serverClient(serverId, secret, resource, downstream),
      ...(downstream === undefined ? [] : [downstreamClient(downstream)]),
      ...clients.map((client) => {
        // A program has one purpose, and stock clients name no scope for it.
        const own = client.scopes ?? (client.serviceAccount ? atOnce : unasked)
        const further = (client.optionalScopes ?? names).filter((name) => !own.includes(name))
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
