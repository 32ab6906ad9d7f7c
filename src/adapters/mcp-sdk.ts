import {
  InsufficientScopeError,
  InvalidTokenError,
  ServerError,
} from '@modelcontextprotocol/sdk/server/auth/errors.js'
import {
  createHostVerifier,
  type HostedResourceServer,
  type McpTokenVerifier,
} from './host-verifier.ts'

export { type AuthInfo, verifiedTokenOf } from './auth-info.ts'
export type { HostedResourceServer, McpTokenVerifier } from './host-verifier.ts'
export { type ConnectingServer, type ProtectableServer, protectServer } from './protected-server.ts'

/**
 * A verifier for the `requireBearerAuth` of the MCP SDK v1. That middleware knows only its own error
 * classes, so it gets those, with generic messages that are safe in its unescaped header.
 *
 * An outage becomes its `ServerError`, hence 500 and not 401. For 503 with `Retry-After`, and for
 * the other things that its middleware leaves out, use `expressGate`.
 *
 * It checks only tokens. Origins, sessions, streams and CORS need an adapter.
 *
 * @throws {TypeError} when the resource server has a policy, which that middleware cannot enforce
 *
 * @example
 * ```ts
 * import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { mcpTokenVerifier } from 'mcp-resource-server/mcp-sdk'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const guard = requireBearerAuth({
 *   verifier: mcpTokenVerifier(resourceServer),
 *   resourceMetadataUrl: resourceServer.metadataUrl,
 * })
 * ```
 */
export function mcpTokenVerifier(resourceServer: HostedResourceServer): McpTokenVerifier {
  return createHostVerifier(resourceServer, (kind, message) => new ERRORS[kind](message))
}

const ERRORS = {
  server_error: ServerError,
  insufficient_scope: InsufficientScopeError,
  invalid_token: InvalidTokenError,
} as const
