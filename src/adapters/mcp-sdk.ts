import {
  InsufficientScopeError,
  InvalidTokenError,
  ServerError,
} from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { ChallengeError } from '../errors.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'
import { type HostedResourceServer, requireNoOperations } from './host-verifier.ts'

export { filterLists, type ListServer, type RequestHandlers } from './filtered-lists.ts'

/** The MCP SDK's `OAuthTokenVerifier`. */
export interface McpTokenVerifier {
  verifyAccessToken(token: string): Promise<AuthInfo>
}

/**
 * A verifier for the `requireBearerAuth` of the MCP SDK v1, which does not know our errors: it is
 * given its own classes, with generic messages that are safe in its unescaped header.
 *
 * An outage becomes its `ServerError`, hence 500 rather than 401. For 503 with `Retry-After`, and
 * for the other things that its middleware leaves out, use `expressResourceServer`.
 *
 * @throws {TypeError} when the resource server has a policy of operations, which that middleware
 * cannot enforce
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
  requireNoOperations('mcpTokenVerifier', resourceServer)
  return {
    async verifyAccessToken(token) {
      try {
        const verified = await resourceServer.verify(token)
        return toAuthInfo(verified, token, resourceServer)
      } catch (error) {
        throw hostError(error)
      }
    },
  }
}

function hostError(error: unknown): Error {
  if (!(error instanceof ChallengeError)) {
    return new ServerError('The access token cannot be checked right now.')
  }
  return error.error === 'insufficient_scope'
    ? new InsufficientScopeError('The access token lacks a scope that this request needs.')
    : new InvalidTokenError('The access token is not valid for this server.')
}
