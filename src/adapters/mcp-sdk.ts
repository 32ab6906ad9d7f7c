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
export { type CollectableServer, collectPolicy } from './collect-policy.ts'
export type { HostedResourceServer, McpTokenVerifier } from './host-verifier.ts'
export { type ConnectingServer, type ProtectableServer, protectServer } from './protected-server.ts'
export type { RegisteredItem } from './registrations.ts'
export { withRule } from './with-rule.ts'

/**
 * Makes a token verifier for `requireBearerAuth` of the MCP SDK v1. It checks only the token. It does
 * not check origins and sessions, does not end streams and does not answer CORS requests: use an
 * adapter such as `expressGate` for that.
 *
 * It accepts **bearer tokens only**. It refuses a token that is bound to a key or certificate (`cnf`:
 * DPoP, mutual TLS), because the proof of possession is in the request, and this middleware passes only
 * the token. For bound tokens use a gate, such as `expressGate`: a gate sees the whole request,
 * and checks the proof.
 *
 * The verifier throws the error classes of the SDK. Their messages are generic, because the middleware
 * writes them into a header without escaping them. An outage is a `ServerError`, which the middleware
 * answers with 500. `expressGate` answers it with 503 and `Retry-After`.
 *
 * @throws {TypeError} when the resource server has a policy, which the middleware cannot enforce, or
 * requires DPoP
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
