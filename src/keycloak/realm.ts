import { assertRealmOptions } from './assert-realm-options.ts'
import {
  BUILT_IN_DEFAULTS,
  BUILT_IN_OPTIONALS,
  CREATE_BUILT_IN_SCOPES,
  NO_OFFLINE_SESSIONS,
} from './builtin-scopes.ts'
import {
  clientOf,
  clientsOf,
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
  revocationParts,
  SENDS_SECURITY_EVENTS,
  STREAM_SCOPES,
  streamScopes,
} from './realm-revocation.ts'
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
import { emitRealmWarnings } from './realm-warnings.ts'

/**
 * Writes a Keycloak realm for an MCP server. By default only two kinds of clients get a token for the
 * server: a known client whose user has given consent, and a known program.
 *
 * - The server's scopes add its audience to a token. Only known clients may ask for these scopes. If
 *   `registration` allows it, clients that register themselves may ask too.
 * - With `resourceIndicators` a token is for one server. A token that was requested without `resource`
 *   is accepted by no server.
 * - Client policies require PKCE with S256. They refuse the implicit, password, device and assertion
 *   grants. To unknown clients they also refuse client credentials and token exchange.
 * - A refresh token can be used once, offline sessions end, passwords have a minimum length, and events
 *   are recorded.
 *
 * The result is Keycloak's realm representation: a file for `--import-realm`, or for "Create realm"
 * in the admin console. Secrets and passwords that you do not set are generated, and are part of the
 * result. `keycloakOptionsFor` makes the options that the server needs for the realm.
 *
 * With `partial` the result contains the additions for one more server in an existing realm. The
 * realm's keys, sessions and clients do not change. `addToKeycloakRealm` adds the result to the realm.
 *
 * Options that make the realm less strict cause process warnings (`KeycloakRealmWarning`): see
 * `keycloakRealmWarnings`.
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
  assertRealmOptions(options)
  emitRealmWarnings(options)
  return options.partial === true ? additionsOf(options) : realmOf(options)
}

function realmOf(options: KeycloakRealmOptions): KeycloakRealm {
  const clients = clientsOf(options)
  const common = partsOf(options, clients)
  const parts = options.revocation?.securityEvents
    ? { ...common, clientScopes: [...common.clientScopes, ...streamScopes()] }
    : common
  const { realm = 'mcp', algorithms = ['RS256'], registration = {}, allow = {} } = options
  return {
    realm,
    enabled: true,
    sslRequired: 'external',
    defaultSignatureAlgorithm: keycloakAlgorithm(algorithms[0] ?? 'RS256'),
    attributes: { ...CREATE_BUILT_IN_SCOPES, ...attributesFor(options) },
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
  const parts = partsOf(options, clientsOf(options))
  return {
    // A client with the same name may have been registered by a stranger.
    ifResourceExists: 'FAIL',
    realmAttributes: attributesFor(options),
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

const attributesFor = ({ revocation }: Options): Readonly<Record<string, string>> =>
  revocation?.securityEvents ? SENDS_SECURITY_EVENTS : {}

/**
 * Whether a client that registers itself may name a scope. The scopes for programs, for token exchange and
 * for streams of security events are excluded.
 */
const registrable = (name: string, { downstream }: Options): boolean =>
  name !== PROGRAM_SCOPE &&
  name !== (downstream?.scope ?? downstream?.audience) &&
  !STREAM_SCOPES.some((scope) => scope === name)

/** Makes the parts that new realms and additions have in common. */
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
  const revocation = revocationParts(resource, options.revocation)
  const all = serverScopes(options)
  const realmRoles = distinct([
    ...(options.roles ?? []),
    ...[...all, ...clients, ...users].flatMap(({ roles = [] }) => roles),
  ])
  const clientRoles = distinct([
    ...(server.roles ?? []),
    ...users.flatMap((user) => user.clientRoles ?? []),
  ])
  const hasRoles = realmRoles.length + clientRoles.length > 0
  const always = hasRoles ? [ROLES_SCOPE] : []
  const names = namesOf(all)
  const toEveryone = Boolean(options.tutorial || allow.scopesForEveryClient)
  const serverDefaults = namesOf(scopesOf(options.scopes ?? DEFAULT_SCOPES))
  const byDefault = toEveryone ? serverDefaults : []
  const optional = toEveryone || allow.scopesForClientsThatAsk ? names : []
  return {
    roles: {
      realm: realmRoles.map((name) => ({ name })),
      client: rolesOfClient(serverId, clientRoles),
    },
    clientScopes: [
      ...(hasRoles ? [rolesScope()] : []),
      programScope(),
      ...all.map((scope) => mcpScope(scope, options, serverId)),
      ...(downstream === undefined ? [] : [downstreamScope(downstream)]),
    ],
    defaultDefaultClientScopes: toEveryone ? [...always, ...byDefault] : [],
    defaultOptionalClientScopes: optional.filter((name) => !byDefault.includes(name)),
    ...scopeMappings(all, realmRoles, clientRoles, serverId),
    clients: [
      revocation.forServer(serverClient(serverId, secret, resource, downstream)),
      ...(downstream === undefined ? [] : [downstreamClient(downstream)]),
      ...clients.map((client) => {
        // A service account gets the scopes by default, because most programs request no scope.
        const own = client.scopes ?? (client.serviceAccount ? serverDefaults : byDefault)
        const further = (client.optionalScopes ?? names).filter((name) => !own.includes(name))
        // Roles of the server's client add its audience to a token. So only clients with a scope of the
        // server get the roles.
        const roles = own.length + further.length > 0 ? always : []
        return clientOf(revocation.forClient(client), {
          scopes: [...BUILT_IN_DEFAULTS, ...roles, ...own],
          optionalScopes: [...BUILT_IN_OPTIONALS, ...further],
        })
      }),
    ],
    users: [
      ...serviceAccountUsers(
        options.revocation?.securityEvents
          ? [...clients, { clientId: serverId, serviceAccount: true }]
          : clients,
      ),
      ...users.map((user) => userOf(user, realm, serverId)),
    ],
  }
}

function rolesOfClient(
  clientId: string,
  roles: readonly string[],
): Readonly<Record<string, readonly { readonly name: string }[]>> {
  return roles.length === 0 ? {} : { [clientId]: roles.map((name) => ({ name })) }
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)]
