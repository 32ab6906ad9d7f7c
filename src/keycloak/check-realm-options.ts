import { SIGNATURE_ALGORITHMS } from '../authorization-server/algorithms.ts'
import { urlFault } from '../http/secure-url.ts'
import { assertOptions, optionError } from '../options/check-options.ts'
import { GENERIC_AUDIENCES } from '../token/audience.ts'
import { SCOPE_TOKEN } from '../token/scope.ts'
import { BUILT_IN_SCOPES } from './builtin-scopes.ts'
import { checkRealmAddresses } from './check-realm-addresses.ts'
import { keycloakProfile } from './profile.ts'
import type {
  KeycloakRealmOptions,
  PartialKeycloakRealmOptions,
  RealmClient,
} from './realm-options.ts'
import { additionsSchema, newRealmSchema } from './realm-options-schema.ts'
import { DEFAULT_SCOPES, PROGRAM_SCOPE, ROLES_SCOPE, scopesOf } from './realm-scopes.ts'

type Options = KeycloakRealmOptions | PartialKeycloakRealmOptions

/** Beyond these a realm name would have to be percent-encoded in the issuer. */
const REALM_NAME = /^[A-Za-z0-9._-]+$/

/**
 * Judges what would only show in a realm that does not do what it should: Keycloak imports nearly
 * everything without complaint.
 *
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function checkRealmOptions(options: Options): void {
  // A misspelt option would be passed over, and the realm would be looser than its options say.
  const schema = options?.partial === true ? additionsSchema : newRealmSchema
  assertOptions('keycloakRealm', schema, options)
  const { realm = 'mcp', resource, server = {}, clients = [] } = options
  const fault = urlFault(resource, false)
  if (fault !== undefined) throw wrong('resource', fault, resource)
  if (!REALM_NAME.test(realm)) {
    throw wrong('realm', 'must consist of letters, digits, ".", "_" and "-"', realm)
  }
  const { clientId = resource, roles = [] } = server
  if (options.audienceFrom === 'roles') {
    if (roles.length === 0)
      throw wrong('server.roles', 'must name a role for `audienceFrom: "roles"`')
    if (
      GENERIC_AUDIENCES.has(clientId) ||
      keycloakProfile.genericAudiences?.includes(clientId) === true
    ) {
      throw wrong('server.clientId', 'is too general to be an audience', clientId)
    }
  }
  if (options.resourceIndicators === true && clientId !== resource) {
    throw wrong('server.clientId', 'must be the `resource` with `resourceIndicators`', clientId)
  }
  checkAllowances(options)
  if (options.redirectUris !== undefined && options.clients !== undefined) {
    throw wrong('redirectUris', 'are those of the default clients; give `clients` their own')
  }
  if (options.redirectUris && options.partial && options.existingClients && !options.clients) {
    throw wrong(
      'redirectUris',
      'are those of the default clients, which `existingClients` leaves out',
    )
  }
  checkRealmAddresses(options)
  checkScopes(options)
  const ids = [clientId, options.downstream?.audience, ...clients.map((client) => client.clientId)]
  const repeated = ids.find((id, at) => id !== undefined && ids.indexOf(id) !== at)
  if (repeated !== undefined) throw wrong('clients', 'names two clients alike', repeated)
  for (const [at, client] of clients.entries()) checkClient(`clients.${at}`, client, options)
  checkNewRealm(options)
}

function checkAllowances({ allow = {}, resourceIndicators = false }: Options): void {
  // A loosening that has no effect would mislead.
  if (allow.tokensWithoutResource && !resourceIndicators) {
    throw wrong('allow.tokensWithoutResource', 'goes with `resourceIndicators` alone')
  }
  if (allow.offlineSessions && resourceIndicators && !allow.tokensWithoutResource) {
    throw wrong(
      'allow.offlineSessions',
      'needs `allow.tokensWithoutResource` with `resourceIndicators`: Keycloak forgets `resource` ' +
        'when it refreshes an offline token',
    )
  }
}

function checkScopes(options: Options): void {
  const there = new Set([ROLES_SCOPE, PROGRAM_SCOPE, ...BUILT_IN_SCOPES])
  const named = new Set<string>()
  const { downstream } = options
  const downstreamScope =
    downstream === undefined ? [] : [{ name: downstream.scope ?? downstream.audience }]
  for (const [option, scopes] of [
    ['scopes', scopesOf(options.scopes ?? DEFAULT_SCOPES)],
    ['optionalScopes', scopesOf(options.optionalScopes)],
    ['downstream.scope', downstreamScope],
  ] as const) {
    for (const { name } of scopes) {
      if (!SCOPE_TOKEN.test(name)) throw wrong(option, 'must hold RFC 6749 scope-tokens', name)
      if (there.has(name)) throw wrong(option, 'names a scope that the realm has already', name)
      if (named.has(name)) throw wrong(option, 'names a scope that is named before', name)
      named.add(name)
    }
  }
}

function checkClient(path: string, client: RealmClient, options: Options): void {
  const { serviceAccount = false, authentication = serviceAccount ? 'secret' : 'none' } = client
  if (serviceAccount && authentication === 'none') {
    throw wrong(`${path}.authentication`, 'cannot be "none" with a service account', authentication)
  }
  if (client.secret !== undefined && authentication !== 'secret') {
    throw wrong(`${path}.secret`, 'goes with `authentication: "secret"` alone', client.secret)
  }
  for (const option of ['roles', 'refreshToken'] as const) {
    if (client[option] !== undefined && !serviceAccount) {
      throw wrong(`${path}.${option}`, 'goes with `serviceAccount` alone', client[option])
    }
  }
  const known = [
    ...scopesOf(options.scopes ?? DEFAULT_SCOPES),
    ...scopesOf(options.optionalScopes),
  ].map(({ name }) => name)
  for (const option of ['scopes', 'optionalScopes'] as const) {
    const unknown = client[option]?.find((name) => !known.includes(name))
    // Keycloak would leave it out without a word.
    if (unknown !== undefined) {
      throw wrong(`${path}.${option}`, 'names a scope that the realm has not', unknown)
    }
  }
}

function checkNewRealm(options: Options): void {
  if (options.partial === true) return
  const { algorithms, registration = {}, allow = {} } = options
  const { trustedHosts = [], documentHosts = [] } = registration
  if (trustedHosts.length > 0 && documentHosts.length > 0 && !allow.urlsOfRegisteredClients) {
    throw wrong(
      'registration.documentHosts',
      'cannot go with `trustedHosts`, unless `allow.urlsOfRegisteredClients` is set: Keycloak can ' +
        'check the URLs of registered clients only where no client comes by its document',
    )
  }
  const unknown = algorithms?.find((name) => !SIGNATURE_ALGORITHMS.includes(name))
  if (algorithms?.length === 0 || unknown !== undefined) {
    throw wrong('algorithms', `must be some of ${SIGNATURE_ALGORITHMS.join(', ')}`, unknown)
  }
}

function wrong(option: string, wants: string, got?: unknown): TypeError {
  return optionError('keycloakRealm', option, wants, got)
}
