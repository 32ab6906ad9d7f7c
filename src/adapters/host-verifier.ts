import { ChallengeError } from '../errors.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'

/** The `OAuthTokenVerifier` of both majors of the MCP SDK. */
export interface McpTokenVerifier {
  verifyAccessToken(token: string): Promise<AuthInfo>
}

/** The part of a resource server that a verifier for the SDKs' own bearer middleware uses. */
export type HostedResourceServer = Pick<
  ResourceServer,
  'verify' | 'resource' | 'metadataUrl' | 'policy'
>

/** The error code for the middleware. It does not get the reason. */
export type HostErrorKind = 'server_error' | 'insufficient_scope' | 'invalid_token'

const MESSAGES: Readonly<Record<HostErrorKind, string>> = {
  server_error: 'The access token cannot be checked right now.',
  insufficient_scope: 'The access token lacks a scope that this request needs.',
  invalid_token: 'The access token is not valid for this server.',
}

/**
 * Makes a verifier for the bearer middleware of an MCP SDK.
 *
 * @param toHostError makes the SDK's own error, the only one that its middleware knows
 * @throws {TypeError} when there is a policy: the middleware passes on only a token, so the policy
 * would not be enforced, and nobody would notice
 * @internal
 */
export function createHostVerifier(
  resourceServer: HostedResourceServer,
  toHostError: (kind: HostErrorKind, message: string) => Error,
): McpTokenVerifier {
  if (resourceServer.policy !== undefined) {
    throw new TypeError(
      "mcpTokenVerifier: `policy` cannot be enforced by the SDK's own middleware, which sees " +
        "only the token; guard the server with one of this package's adapters instead",
    )
  }
  return {
    async verifyAccessToken(token) {
      try {
        return toAuthInfo(await resourceServer.verify(token), token, resourceServer)
      } catch (error) {
        const kind = kindOf(error)
        throw toHostError(kind, MESSAGES[kind])
      }
    },
  }
}

function kindOf(error: unknown): HostErrorKind {
  if (!(error instanceof ChallengeError)) return 'server_error'
  return error.code === 'insufficient_scope' ? 'insufficient_scope' : 'invalid_token'
}
