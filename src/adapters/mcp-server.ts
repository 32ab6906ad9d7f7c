import { OAuthError, OAuthErrorCode } from '@modelcontextprotocol/server'
import { assertOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { GuardOptions, ResourceServer } from '../resource-server/resource-server.ts'
import type { AuthInfo } from './auth-info.ts'
import {
  createHostVerifier,
  type HostedResourceServer,
  type McpTokenVerifier,
} from './host-verifier.ts'
import { assertResourceServer } from './require-resource-server.ts'
import { admit } from './web-exchange.ts'

export { type AuthInfo, verifiedTokenOf } from './auth-info.ts'
export type { HostedResourceServer, McpTokenVerifier } from './host-verifier.ts'
export { type ConnectingServer, type ProtectableServer, protectServer } from './protected-server.ts'

/**
 * The whole gate as a function that answers "who is it", for `createMcpHandler` of the MCP SDK v2:
 * what `requireBearerAuth` of the SDK gives, with this package's rules, challenges, 503 for outages,
 * and policy of operations. The request stays readable.
 *
 * It neither sees the handler's response nor changes its request. So there are no sessions of older
 * revisions (whoever names one gets 404), streams outlive their tokens, and only refusals get CORS
 * headers. Where these matter use `fetchGate`, which also answers the well-known documents.
 *
 * @param options scopes that these requests need beside those of the resource server
 * @throws {TypeError} when a scope is none
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
  assertResourceServer('mcpGate', resourceServer)
  assertOptions('mcpGate', authenticateOptionsSchema, options)
  return async (request) => {
    // What is read here must still be there for the handler, which gets the request itself.
    const copy = request.bodyUsed ? request : request.clone()
    const admitted = await admit(resourceServer, copy, options, { headersStay: true })
    return admitted instanceof Response ? admitted : admitted.authenticated.authInfo
  }
}

/**
 * A verifier for the `requireBearerAuth` of the MCP SDK v2 and its Express package, which know only
 * the SDK's own error, with generic messages.
 *
 * An outage becomes `server_error`, hence 500 rather than 401. For 503 with `Retry-After`, and for
 * the other things that their middleware leaves out, use {@link mcpGate} or an adapter.
 *
 * Only tokens are judged this way: origins, sessions, streams and CORS are for an adapter.
 *
 * @throws {TypeError} when the resource server has a policy of operations, which that middleware
 * cannot enforce
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
