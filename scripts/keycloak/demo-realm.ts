import {
  type KeycloakRealm,
  keycloakRealm,
  type RealmAllowances,
  type RealmClient,
  type RealmRegistration,
} from '../../src/keycloak/index.ts'

// The realms of `npm run keycloak`. Their secrets and passwords are no secrets: Keycloak listens on
// loopback, and forgets everything when it stops.

const PERSONS_CLIENT = {
  clientId: 'mcp-client',
  name: 'MCP client',
  redirectUris: [
    'http://127.0.0.1/callback',
    // Visual Studio Code, and bridges for clients that only start commands: on any port.
    'http://127.0.0.1/',
    'http://127.0.0.1/oauth/callback',
    // Where the MCP Inspector waits.
    'http://localhost:6274/oauth/callback',
  ],
} as const satisfies RealmClient

const REGISTRATION = {
  // The last two stand in what Visual Studio Code registers, beside loopback.
  trustedHosts: ['127.0.0.1', 'localhost', 'vscode.dev', 'insiders.vscode.dev'],
  webOrigins: ['http://localhost:6274'],
} as const satisfies RealmRegistration

/** The passwords are the names of the users: nothing here is worth guarding. */
const ALLOW = { anyPassword: true } as const satisfies RealmAllowances

/**
 * The realm for most of what there is to be tried.
 *
 * @param resource the URL of the MCP server to be tried
 */
export function demoRealm(resource: string): KeycloakRealm {
  return keycloakRealm({
    realm: 'mcp',
    resource,
    scopes: ['mcp:tools'],
    optionalScopes: ['mcp:write', { name: 'mcp:admin', roles: ['mcp-admin'] }],
    server: { secret: 'server-secret', roles: ['analyst'] },
    downstream: {
      audience: 'backend-api',
      secret: 'backend-secret',
      scope: 'backend:read',
      claims: { userLoginId: 'username' },
    },
    clients: [
      PERSONS_CLIENT,
      {
        clientId: 'mcp-service',
        serviceAccount: true,
        secret: 'service-secret',
        // MCP clients send `resource`, to which Keycloak 26.7 answers 500 without it.
        refreshToken: true,
        roles: ['data-loader'],
      },
    ],
    users: [
      { username: 'alice', password: 'alice', roles: ['mcp-user', 'mcp-admin'] },
      { username: 'bob', password: 'bob', roles: ['mcp-user'] },
      { username: 'carol', password: 'carol', clientRoles: ['analyst'] },
    ],
    registration: REGISTRATION,
    // Keycloak sends them to whoever listens at the resource.
    revocation: { backchannelLogout: true, securityEvents: true, notBefore: true },
    allow: ALLOW,
  })
}

/** For `examples/tutorial`, whose variables leave no room for a path in the server's URL. */
export function tutorialRealm(resource = 'http://localhost:3000'): KeycloakRealm {
  return keycloakRealm({
    realm: 'tutorial',
    resource,
    tutorial: true,
    server: { secret: 'server-secret' },
    clients: [
      PERSONS_CLIENT,
      {
        clientId: 'mcp-service',
        serviceAccount: true,
        secret: 'service-secret',
        refreshToken: true,
      },
    ],
    users: [{ username: 'alice', password: 'alice' }],
    registration: REGISTRATION,
    allow: ALLOW,
  })
}

/**
 * For `examples/downstream-api`: the audience is a client's id, by way of a role that Alice has and
 * Bob has not.
 *
 * @param clientId another one than the `resource` is lost from tokens where the feature
 * resource-indicators is on, as it is here, and a client sends `resource`
 */
export function downstreamRealm(resource: string, clientId: string = resource): KeycloakRealm {
  return keycloakRealm({
    realm: 'downstream',
    resource,
    audienceFrom: 'roles',
    server: { clientId, secret: 'server-secret', roles: ['mcp-access'] },
    downstream: {
      audience: 'backend-api',
      secret: 'backend-secret',
      scope: 'backend:read',
      claims: { userLoginId: 'username' },
    },
    clients: [PERSONS_CLIENT],
    users: [
      { username: 'alice', password: 'alice', clientRoles: ['mcp-access'] },
      { username: 'bob', password: 'bob' },
    ],
    registration: REGISTRATION,
    allow: ALLOW,
  })
}
