import { OAuthError, OAuthErrorCode } from '@modelcontextprotocol/server'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { AuthInfo } from './auth-info.ts'
import {
  createHostVerifier,
  type HostedResourceServer,
  type McpTokenVerifier,
} from './host-verifier.ts'
import { mountGuard } from './mounted-guard.ts'
import type { WebGateOptions } from './web-connection.ts'
import { checkWebRequest } from './web-exchange.ts'

export { type AuthInfo, verifiedTokenOf } from './auth-info.ts'
export { type CollectableServer, collectPolicy } from './collect-policy.ts'
export type { HostedResourceServer, McpTokenVerifier } from './host-verifier.ts'
export { type ConnectingServer, type ProtectableServer, protectServer } from './protected-server.ts'
export type { RegisteredItem } from './registrations.ts'
export type { RequestConnection, WebGateOptions } from './web-connection.ts'
export { withRule } from './with-rule.ts'

/**
 * Makes a function that checks requests for `createMcpHandler` of the MCP SDK v2. It returns the
 * caller's {@link AuthInfo}, or the response to send. Use it instead of the SDK's `requireBearerAuth`:
 * it also has this package's rules, challenges and policy, and answers outages with 503. The body of
 * the request can still be read afterwards.
 *
 * This function does not see the handler's response, and it does not change the request. So there are
 * some limits, which `fetchGate` does not have:
 *
 * - Sessions of older MCP revisions do not work: a request with a session id gets 404.
 * - Streams continue after their token has expired or is revoked.
 * - Only refusals have CORS headers.
 * - Only refusals have a nonce for DPoP proofs. So a client sends a request twice when its nonce has ended.
 * - The handler sees the header of the option `clientCertificate`, also if no trusted proxy has sent it. Do
 *   not read this header in the handler.
 * - The endpoints of the resource server are not answered.
 *
 * @param options scopes that these requests need, in addition to those of the resource server; and how
 * the connection of a request is found, which only tokens that are bound to a client certificate need
 * @throws {TypeError} names the option that is wrong
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { mcpGate } from 'mcp-resource-server/mcp-server'
 *
 * const gate = mcpGate(
 *   createResourceServer({
 *     resource: 'https://mcp.example.com/mcp',
 *     authorizationServer: 'https://sso.example.com',
 *   }),
 * )
 * const handler = createMcpHandler(() => new McpServer({ name: 'data', version: '1.0.0' }))
 *
 * export async function serve(request: Request): Promise<Response> {
 *   const authInfo = await gate(request)
 *   return authInfo instanceof Response ? authInfo : handler.fetch(request, { authInfo })
 * }
 * ```
 */
export function mcpGate<Platform extends readonly unknown[] = []>(
  resourceServer: ResourceServer,
  { connection, ...options }: WebGateOptions<Platform> = {},
): (request: Request, ...platform: Platform) => Promise<AuthInfo | Response> {
  const guard = mountGuard('mcpGate', resourceServer, options)
  return async (request, ...platform) => {
    // The handler must still be able to read the body of the request, so the gate reads a copy.
    const copy = request.bodyUsed ? request : request.clone()
    const passed = await checkWebRequest(guard, copy, {
      headersStay: true,
      original: () => request,
      connection: connection && (() => connection(request, ...platform)),
    })
    return passed instanceof Response ? passed : passed.authenticated.authInfo
  }
}

/**
 * Makes a token verifier for `requireBearerAuth` of the MCP SDK v2 and of its Express package. It
 * checks only the token. It does not check origins and sessions, does not end streams and does not
 * answer CORS requests: use an adapter such as `fetchGate` for that.
 *
 * It accepts **bearer tokens only**. It refuses a token that is bound to a key or certificate (`cnf`:
 * DPoP, mutual TLS), because the proof of possession is in the request, and this middleware passes only
 * the token. For bound tokens use a gate, such as {@link mcpGate} or `fetchGate`: a gate sees the whole
 * request, and checks the proof.
 *
 * The verifier throws the error class of the SDK, with generic messages. An outage is `server_error`,
 * which the middleware answers with 500. {@link mcpGate} answers it with 503 and `Retry-After`.
 *
 * @throws {TypeError} when the resource server has a policy, which the middleware cannot enforce, or
 * requires DPoP
 *
 * @example
 * ```ts
 * import { requireBearerAuth } from '@modelcontextprotocol/server'
 * import { createResourceServer } from 'mcp-resource-server'
 * import { mcpTokenVerifier } from 'mcp-resource-server/mcp-server'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 * })
 * const gate = requireBearerAuth({
 *   verifier: mcpTokenVerifier(resourceServer),
 *   resourceMetadataUrl: resourceServer.metadataUrl,
 * })
 * ```
 */
export function mcpTokenVerifier(resourceServer: HostedResourceServer): McpTokenVerifier {
  return createHostVerifier(resourceServer, (kind, message) => new OAuthError(CODES[kind], message))
}

const CODES = {
  server_error: OAuthErrorCode.ServerError,
  insufficient_scope: OAuthErrorCode.InsufficientScope,
  invalid_token: OAuthErrorCode.InvalidToken,
} as const
