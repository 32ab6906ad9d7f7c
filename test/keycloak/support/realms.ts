import {
  type KeycloakRealm,
  type KeycloakRealmOptions,
  keycloakRealm,
  type RealmClient,
  type RealmUser,
} from '../../../src/keycloak/index.ts'

/** The MCP server that the realms are made for. Nothing listens there: tokens are all it gets. */
export const RESOURCE = 'http://127.0.0.1:3001/mcp'

export const SERVER_SECRET = 'secret-of-the-server'

/** The id of the server's client where it is not the resource. */
export const SERVER_CLIENT = 'mcp-resource-server'

export const SECRET = 'secret-of-a-client'

export const ALICE = {
  username: 'alice',
  password: 'password-of-alice',
  roles: ['mcp-user', 'mcp-admin'],
  clientRoles: ['writer'],
} as const satisfies RealmUser

/** Signs in like Alice, and has no role. */
export const BOB = { username: 'bob', password: 'password-of-bob' } as const satisfies RealmUser

/** How a client gets its tokens in the tests, and what is special about it. */
const CLIENTS = {
  /** A person's client. The password grant stands in for the login form. */
  person: { passwordGrant: true, redirectUris: ['http://127.0.0.1/callback'] },
  service: { serviceAccount: true, roles: ['mcp-user'] },
  /** Sends `resource`, as MCP clients do. */
  'service-by-resource': { serviceAccount: true, refreshToken: true },
  'rfc9068-person': { passwordGrant: true, tokens: { rfc9068: true } },
  'rfc9068-service': { serviceAccount: true, tokens: { rfc9068: true } },
  es256: { serviceAccount: true, tokens: { algorithm: 'ES256' } },
  ps256: { serviceAccount: true, tokens: { algorithm: 'PS256' } },
  eddsa: { serviceAccount: true, tokens: { algorithm: 'EdDSA' } },
  // Long enough to be introspected once before, also on a busy machine.
  'short-lived': { serviceAccount: true, tokens: { lifetime: 8 } },
  lightweight: { passwordGrant: true, tokens: { lightweight: true } },
  dpop: { serviceAccount: true, tokens: { dpopBound: true } },
  /** No scope of the MCP server, so nothing puts an audience into its tokens. */
  elsewhere: { passwordGrant: true, scopes: [], optionalScopes: [] },
  /** The same with every role, as a client that somebody made by hand. */
  'full-scope': { passwordGrant: true, fullScope: true, scopes: [], optionalScopes: [] },
} as const satisfies Record<string, Omit<RealmClient, 'clientId'>>

export type ClientId = keyof typeof CLIENTS | 'private-key'

const clients: readonly RealmClient[] = Object.entries<Omit<RealmClient, 'clientId'>>(CLIENTS).map(
  ([clientId, client]) => ({
    ...client,
    clientId,
    // Unasked, so that a test need not name the scope.
    scopes: client.scopes ?? ['mcp:tools'],
    ...(client.serviceAccount ? { secret: SECRET } : {}),
  }),
)

/** The realm of most tests. @param publicKey of the client that signs its own assertions */
export const mainRealm = (publicKey: object): KeycloakRealm =>
  keycloakRealm({
    realm: 'main',
    resource: RESOURCE,
    scopes: ['mcp:tools'],
    optionalScopes: ['mcp:write', { name: 'mcp:admin', roles: ['mcp-admin'] }],
    server: { secret: SERVER_SECRET, roles: ['writer'] },
    downstream: {
      audience: 'backend-api',
      secret: 'secret-of-the-backend',
      scope: 'backend:read',
      claims: { userLoginId: 'username' },
    },
    clients: [
      ...clients,
      {
        clientId: 'private-key',
        serviceAccount: true,
        scopes: ['mcp:tools'],
        authentication: { jwks: { keys: [publicKey] } },
      },
    ],
    users: [ALICE, BOB],
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    registration: { trustedHosts: ['127.0.0.1', 'localhost'] },
    // An offline token is one of the kinds that a server has to refuse.
    allow: { offlineSessions: true },
  })

const SMALL = {
  resource: RESOURCE,
  server: { clientId: SERVER_CLIENT, secret: SERVER_SECRET },
  clients: [
    { clientId: 'person', passwordGrant: true, scopes: ['mcp:tools'] },
    { clientId: 'service', serviceAccount: true, secret: SECRET, scopes: ['mcp:tools'] },
  ],
  users: [{ ...ALICE, roles: [], clientRoles: [] }],
} as const satisfies KeycloakRealmOptions

/** Made for the same server: its tokens are good ones, and of another issuer. */
export const otherRealm = (): KeycloakRealm => keycloakRealm({ ...SMALL, realm: 'other' })

/** The resource and the client that introspects are two audiences. */
export const twoAudiencesRealm = (): KeycloakRealm =>
  keycloakRealm({ ...SMALL, realm: 'two-audiences' })

/** The same with a mapper missing: no token names the client that introspects. */
export const oneAudienceRealm = (): KeycloakRealm => {
  const realm = keycloakRealm({ ...SMALL, realm: 'one-audience' })
  return {
    ...realm,
    clientScopes: realm.clientScopes.map((scope) => ({
      ...scope,
      protocolMappers: scope.protocolMappers.filter(
        ({ config }) => config['included.client.audience'] === undefined,
      ),
    })),
  }
}

/** The audience is a client's id, by way of a role (S2). */
export const byRoleRealm = (): KeycloakRealm =>
  keycloakRealm({
    ...SMALL,
    realm: 'by-role',
    audienceFrom: 'roles',
    server: { ...SMALL.server, roles: ['access'] },
    users: [{ ...ALICE, roles: [], clientRoles: ['access'] }, BOB],
  })
