import { OAuthError, OAuthErrorCode } from '@modelcontextprotocol/server'
import type { GuardOptions } from '../gate/options.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import type { AuthInfo } from './auth-info.ts'
import {
  createHostVerifier,
  type HostedResourceServer,
  type McpTokenVerifier,
} from './host-verifier.ts'
import { mountGuard } from './mounted-guard.ts'
import { checkWebRequest } from './web-exchange.ts'

export { type AuthInfo, verifiedTokenOf } from './auth-info.ts'
export type { HostedResourceServer, McpTokenVerifier } from './host-verifier.ts'
export { type ConnectingServer, type ProtectableServer, protectServer } from './protected-server.ts'

/**
 * The whole gate as a function that finds out who the caller is, for `createMcpHandler` of the MCP
 * SDK v2. It takes the place of the SDK's `requireBearerAuth`, with this package's rules, challenges,
 * policy, and 503 for outages. The request stays readable.
 *
 * It neither sees the handler's response nor changes its request. So sessions of older revisions do
 * not exist (a request that names one gets 404), streams outlive their tokens, and only refusals have
 * CORS headers. Where these matter, use `fetchGate`, which also answers the resource server's
 * endpoints.
 *
 * @param options scopes that these requests need, beside those of the resource server
 * @throws {TypeError} naming the option that is wrong
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
export function mcpGate(
  resourceServer: ResourceServer,
  options: GuardOptions = {},
): (request: Request) => Promise<AuthInfo | Response> {
  const guard = mountGuard('mcpGate', resourceServer, options)
  return async (request) => {
    // The handler gets the request itself, so a copy of the body is read here.
    const copy = request.bodyUsed ? request : request.clone()
    const passed = await checkWebRequest(guard, copy, { headersStay: true })
    return passed instanceof Response ? passed : passed.authenticated.authInfo
  }
}

/**
 * A verifier for the `requireBearerAuth` of the MCP SDK v2 and its Express package. Both know only the
 * SDK's own error, so they get that one, with generic messages.
 *
 * An outage becomes `server_error`, hence 500 and not 401. For 503 with `Retry-After`, and for
 * the other things that their middleware leaves out, use {@link mcpGate} or an adapter.
 *
 * It checks only tokens. Origins, sessions, streams and CORS need an adapter.
 *
 * @throws {TypeError} when the resource server has a policy, which that middleware cannot enforce
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
