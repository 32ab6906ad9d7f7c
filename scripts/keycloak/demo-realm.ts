import { type KeycloakRealm, keycloakRealm } from '../../src/keycloak/index.ts'

/**
 * The realm of `npm run keycloak`. Its secrets and passwords are no secrets: Keycloak listens on
 * loopback, and forgets everything when it stops.
 *
 * @param resource the URL of the MCP server to be tried
 */
export function demoRealm(resource: string): KeycloakRealm {
  return keycloakRealm({
    realm: 'mcp',
    resource,
    scopes: ['mcp:tools'],
    optionalScopes: ['mcp:write', { name: 'mcp:admin', roles: ['mcp-admin'] }],
    server: { secret: 'server-secret' },
    downstream: {
      audience: 'backend-api',
      secret: 'backend-secret',
      scope: 'backend:read',
      claims: { userLoginId: 'username' },
    },
    clients: [
      {
        clientId: 'mcp-client',
        name: 'MCP client',
        // The second is where the MCP Inspector waits.
        redirectUris: ['http://127.0.0.1/callback', 'http://localhost:6274/oauth/callback'],
        consent: true,
      },
      { clientId: 'mcp-service', serviceAccount: true, secret: 'service-secret' },
    ],
    users: [
      { username: 'alice', password: 'alice', roles: ['mcp-user', 'mcp-admin'] },
      { username: 'bob', password: 'bob', roles: ['mcp-user'] },
    ],
    registration: {
      trustedHosts: ['127.0.0.1', 'localhost'],
      webOrigins: ['http://localhost:6274'],
    },
  })
}
