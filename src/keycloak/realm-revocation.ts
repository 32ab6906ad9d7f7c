import type { RealmClient, RealmRevocation } from './realm-options.ts'
import type { ClientRepresentation, ClientScopeRepresentation } from './realm-representation.ts'
import { PROGRAM_SCOPE } from './realm-scopes.ts'

/** The client scopes that allow a client to manage its stream of security events (Keycloak's feature `ssf`). @internal */
export const STREAM_SCOPES = ['ssf.manage', 'ssf.read'] as const

/** The realm attribute without which Keycloak sends no security events. @internal */
export const SENDS_SECURITY_EVENTS = { 'ssf.transmitterEnabled': 'true' } as const

/**
 * Makes the scopes for streams of security events as Keycloak makes them. Keycloak makes its own only
 * after it imported the clients of a new realm, and would drop the scopes from the clients.
 *
 * @internal
 */
export const streamScopes = (): readonly ClientScopeRepresentation[] =>
  STREAM_SCOPES.map((name) => ({
    name,
    description: 'Streams of security events',
    protocol: 'openid-connect',
    attributes: { 'include.in.token.scope': 'true', 'display.on.consent.screen': 'false' },
    protocolMappers: [],
  }))

/** What `revocation` adds to the clients of a realm. @internal */
export interface RevocationParts {
  /** Adds the address for logout tokens. */
  forClient(client: RealmClient): RealmClient
  /** Adds the address for not-before policies, and what a receiver of security events needs. */
  forServer(client: ClientRepresentation): ClientRepresentation
}

/** Makes the parts of a realm that tell the MCP server about ended sessions and revoked tokens. @internal */
export function revocationParts(
  resource: string,
  revocation: RealmRevocation = {},
): RevocationParts {
  const { serverUrl = resource, backchannelLogout, securityEvents, notBefore } = revocation
  const base = serverUrl.replace(/\/$/, '')
  return {
    forClient: (client) =>
      backchannelLogout
        ? { backchannelLogoutUrl: `${base}/backchannel-logout`, ...client }
        : client,
    forServer: (client) => ({
      ...(securityEvents ? eventReceiver(client, resource, `${base}/security-events`) : client),
      ...(notBefore ? { adminUrl: `${base}/keycloak` } : {}),
    }),
  }
}

function eventReceiver(
  client: ClientRepresentation,
  resource: string,
  pushUrl: string,
): ClientRepresentation {
  const { defaultClientScopes = [], optionalClientScopes = [] } = client
  return {
    ...client,
    serviceAccountsEnabled: true,
    attributes: {
      ...client.attributes,
      'ssf.enabled': 'true',
      'ssf.validPushUrls': pushUrl,
      // By default the audience of an event contains the id of the stream, which nobody knows yet. `resource`
      // itself is the audience of access tokens, so events get another audience.
      'ssf.streamAudience': `${resource.replace(/\/$/, '')}/security-events`,
      // By default Keycloak sends nothing until subjects are added to the stream, one by one.
      'ssf.defaultSubjects': 'ALL',
    },
    // The client policies give tokens by client credentials only to programs.
    defaultClientScopes: [...new Set([...defaultClientScopes, 'service_account', PROGRAM_SCOPE])],
    optionalClientScopes: [...optionalClientScopes, ...STREAM_SCOPES],
  }
}
