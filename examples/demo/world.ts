import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.ts'
import { type ProtectedMcpServer, startMcpServer } from './mcp-server.ts'

const scopes = ['mcp:tools']
const offered = ['mcp:tools', 'mcp:admin']

/** Another resource of the same authorization server. */
export const anotherResource = 'https://another.example/api'

/** All servers of the demo. */
export interface World {
  readonly authorizationServer: AuthorizationServer
  /** Issues tokens for the same resources, but no server trusts it. */
  readonly anotherIssuer: AuthorizationServer
  /** JWT access tokens; the server verifies their signature. */
  readonly signed: ProtectedMcpServer
  /** Opaque access tokens; the server introspects them from time to time. */
  readonly introspected: ProtectedMcpServer
  /** Opaque access tokens; the server introspects them on every request. */
  readonly introspectedAlways: ProtectedMcpServer
  /** JWT access tokens; the server verifies their signature, and introspects them on every request. */
  readonly hybrid: ProtectedMcpServer
  close(): Promise<void>
}

export async function startWorld(): Promise<World> {
  const authorizationServer = await startAuthorizationServer()
  const anotherIssuer = await startAuthorizationServer()
  const { issuer, clientId, clientSecret } = authorizationServer
  const introspection = { clientId, clientSecret }

  const signed = await startMcpServer(() => ({
    authorizationServer: issuer,
    requiredScopes: scopes,
  }))
  const introspected = await startMcpServer(() => ({
    authorizationServer: { issuer, introspection, verification: 'introspection' },
    requiredScopes: scopes,
  }))
  const introspectedAlways = await startMcpServer(() => ({
    authorizationServer: { issuer, introspection, verification: 'introspection' },
    requiredScopes: scopes,
    cache: false,
  }))
  const hybrid = await startMcpServer(() => ({
    authorizationServer: { issuer, introspection, verification: 'hybrid', confirm: 'always' },
    requiredScopes: scopes,
  }))

  for (const { resource } of [signed, hybrid]) {
    authorizationServer.register({ resource, scopes: offered, format: 'jwt' })
    anotherIssuer.register({ resource, scopes: offered, format: 'jwt' })
  }
  for (const { resource } of [introspected, introspectedAlways]) {
    authorizationServer.register({ resource, scopes: offered, format: 'opaque' })
  }
  authorizationServer.register({ resource: anotherResource, scopes: offered, format: 'jwt' })

  const mcpServers = [signed, introspected, introspectedAlways, hybrid]
  return {
    ...{ authorizationServer, anotherIssuer },
    ...{ signed, introspected, introspectedAlways, hybrid },
    async close() {
      await Promise.all(mcpServers.map((server) => server.close()))
      await Promise.all([authorizationServer.stop(), anotherIssuer.stop()])
    },
  }
}
