import { urlFault } from '../http/secure-url.ts'
import { SIGNATURE_ALGORITHMS } from '../jws/algorithms.ts'
import { optionError } from '../options/option-error.ts'
import { readOptions } from '../options/read-options.ts'
import { SCOPE_TOKEN } from '../options/scope-token.ts'
import { GENERIC_AUDIENCES } from '../token/generic-audiences.ts'
import { assertRealmAddresses } from './assert-realm-addresses.ts'
import { BUILT_IN_SCOPES } from './builtin-scopes.ts'
import { keycloakProfile } from './profile.ts'
import type {
  KeycloakRealmOptions,
  PartialKeycloakRealmOptions,
  RealmClient,
} from './realm-options.ts'
import { additionsSchema, newRealmSchema } from './realm-options-schema.ts'
import { DEFAULT_SCOPES, PROGRAM_SCOPE, ROLES_SCOPE, scopesOf } from './realm-scopes.ts'

type Options = KeycloakRealmOptions | PartialKeycloakRealmOptions

/** The characters of a realm name. Other characters would be percent-encoded in the issuer. */
const REALM_NAME = /^[A-Za-z0-9._-]+$/

/**
 * Checks the options of `keycloakRealm`. Keycloak imports nearly every realm without an error. So a
 * mistake would be noticed late: the realm would be too open, or would refuse valid clients.
 *
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function assertRealmOptions(options: Options): void {
  // A misspelt option would have no effect, and the realm would be looser than its options say.
  const schema = options?.partial === true ? additionsSchema : newRealmSchema
  readOptions('keycloakRealm', schema, options)
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
      throw wrong(
        'server.clientId',
        'is a generic name, and tokens for other servers may have it as audience',
        clientId,
      )
    }
  }
  if (options.resourceIndicators === true && clientId !== resource) {
    throw wrong('server.clientId', 'must be the `resource` with `resourceIndicators`', clientId)
  }
  assertAllowances(options)
  if (options.redirectUris !== undefined && options.clients !== undefined) {
    throw wrong(
      'redirectUris',
      'are for the default clients; set `redirectUris` in `clients` instead',
    )
  }
  if (options.redirectUris && options.partial && options.existingClients && !options.clients) {
    throw wrong('redirectUris', 'are for the default clients, which `existingClients` leaves out')
  }
  assertRealmAddresses(options)
  assertScopes(options)
  const ids = [clientId, options.downstream?.audience, ...clients.map((client) => client.clientId)]
  const repeated = ids.find((id, at) => id !== undefined && ids.indexOf(id) !== at)
  if (repeated !== undefined) throw wrong('clients', 'has the same client id twice', repeated)
  for (const [at, client] of clients.entries()) assertClient(`clients.${at}`, client, options)
  assertNewRealm(options)
}

function assertAllowances({ allow = {}, resourceIndicators = false }: Options): void {
  // An allowance that has no effect would mislead readers of the options.
  if (allow.tokensWithoutResource && !resourceIndicators) {
    throw wrong('allow.tokensWithoutResource', 'needs `resourceIndicators`')
  }
  if (allow.offlineSessions && resourceIndicators && !allow.tokensWithoutResource) {
    throw wrong(
      'allow.offlineSessions',
      'needs `allow.tokensWithoutResource` with `resourceIndicators`: Keycloak forgets `resource` ' +
        'when it refreshes an offline token',
    )
  }
}

function assertScopes(options: Options): void {
  const existing = new Set([ROLES_SCOPE, PROGRAM_SCOPE, ...BUILT_IN_SCOPES])
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
      if (!SCOPE_TOKEN.test(name))
        throw wrong(option, 'must hold scope-tokens (RFC 6749 §3.3)', name)
      if (existing.has(name))
        throw wrong(option, 'contains a scope that every realm has already', name)
      if (named.has(name))
        throw wrong(option, 'contains a scope twice, or a scope of another option', name)
      named.add(name)
    }
  }
}

function assertClient(path: string, client: RealmClient, options: Options): void {
  const { serviceAccount = false, authentication = serviceAccount ? 'secret' : 'none' } = client
  if (serviceAccount && authentication === 'none') {
    throw wrong(`${path}.authentication`, 'cannot be "none" with a service account', authentication)
  }
  if (client.secret !== undefined && authentication !== 'secret') {
    throw wrong(`${path}.secret`, 'needs `authentication: "secret"`', client.secret)
  }
  for (const option of ['roles', 'refreshToken'] as const) {
    if (client[option] !== undefined && !serviceAccount) {
      throw wrong(`${path}.${option}`, 'needs `serviceAccount`', client[option])
    }
  }
  const known = [
    ...scopesOf(options.scopes ?? DEFAULT_SCOPES),
    ...scopesOf(options.optionalScopes),
  ].map(({ name }) => name)
  for (const option of ['scopes', 'optionalScopes'] as const) {
    const unknown = client[option]?.find((name) => !known.includes(name))
    // Keycloak would drop the scope without a message.
    if (unknown !== undefined) {
      throw wrong(
        `${path}.${option}`,
        'contains a scope that is in neither `scopes` nor `optionalScopes` of the realm',
        unknown,
      )
    }
  }
}

function assertNewRealm(options: Options): void {
  if (options.partial === true) return
  const { algorithms, registration = {}, allow = {} } = options
  const { trustedHosts = [], documentHosts = [] } = registration
  if (trustedHosts.length > 0 && documentHosts.length > 0 && !allow.urlsOfRegisteredClients) {
    throw wrong(
      'registration.documentHosts',
      'cannot go with `trustedHosts`, unless `allow.urlsOfRegisteredClients` is set: Keycloak can ' +
        'check the URLs of registered clients only where no client has a metadata document',
    )
  }
  const unknown = algorithms?.find((name) => !SIGNATURE_ALGORITHMS.includes(name))
  if (algorithms?.length === 0 || unknown !== undefined) {
    throw wrong('algorithms', `must be some of ${SIGNATURE_ALGORITHMS.join(', ')}`, unknown)
  }
}

function wrong(option: string, expected: string, got?: unknown): TypeError {
  return optionError('keycloakRealm', option, expected, got)
}
