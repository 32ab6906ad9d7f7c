import { OAuthError, OAuthErrorCode } from '@modelcontextprotocol/server'
import { ChallengeError } from '../errors.ts'
import { checkOptions } from '../options/check-options.ts'
import { authenticateOptionsSchema } from '../options/schemas.ts'
import type { AuthenticateOptions, ResourceServer } from '../resource-server.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'
import { type HostedResourceServer, requireNoOperations } from './host-verifier.ts'
import { admit } from './web-exchange.ts'

export type { AuthInfo } from './auth-info.ts'
export { filterLists, type ListServer, type RequestHandlers } from './filtered-lists.ts'

/** The MCP SDK's `OAuthTokenVerifier`. */
export interface McpTokenVerifier {
  verifyAccessToken(token: string): Promise<AuthInfo>
}

/**
 * The whole gate as a function that answers "who is it", for `createMcpHandler` of the MCP SDK v2:
 * what `requireBearerAuth` of the SDK gives, with this package's rules, challenges, 503 for outages,
 * and policy of operations. The request stays readable.
 *
 * It does not see the handler's response, so it serves neither sessions of older revisions nor the
 * end of streams at a token's expiry, nor CORS headers on answers: where these matter use
 * `fetchResourceServer`, which also answers the well-known documents.
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
  options: AuthenticateOptions = {},
): (request: Request) => Promise<AuthInfo | Response> {
  checkOptions('mcpGate', authenticateOptionsSchema, options)
  return async (request) => {
    // What is read here must still be there for the handler, which gets the request itself.
    const admitted = await admit(resourceServer, request.clone(), options)
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
  requireNoOperations('mcpTokenVerifier', resourceServer)
  return {
    async verifyAccessToken(token) {
      try {
        return toAuthInfo(await resourceServer.verify(token), token, resourceServer)
      } catch (error) {
        throw hostError(error)
      }
    },
  }
}

function hostError(error: unknown): OAuthError {
  if (!(error instanceof ChallengeError)) {
    const message = 'The access token cannot be checked right now.'
    return new OAuthError(OAuthErrorCode.ServerError, message)
  }
  return error.error === 'insufficient_scope'
    ? new OAuthError(
        OAuthErrorCode.InsufficientScope,
        'The access token lacks a scope that this request needs.',
      )
    : new OAuthError(OAuthErrorCode.InvalidToken, 'The access token is not valid for this server.')
}
