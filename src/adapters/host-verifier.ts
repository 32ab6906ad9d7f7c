import { ChallengeError } from '../errors/challenge-error.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { type AuthInfo, toAuthInfo } from './auth-info.ts'

/** A token verifier: the `OAuthTokenVerifier` of MCP SDK v1 and v2. */
export interface McpTokenVerifier {
  /** Verifies a token, and returns what the MCP SDK hands to tools. */
  verifyAccessToken(token: string): Promise<AuthInfo>
}

/** The part of a resource server that {@link McpTokenVerifier} uses. */
export type HostedResourceServer = Pick<
  ResourceServer,
  'verify' | 'resource' | 'metadataUrl' | 'metadata' | 'policy'
>

/** The error code that the SDK's middleware gets. It does not get the reason of a refusal. */
export type HostErrorKind = 'server_error' | 'insufficient_scope' | 'invalid_token'

const MESSAGES: Readonly<Record<HostErrorKind, string>> = {
  server_error: 'The access token cannot be checked right now.',
  insufficient_scope: 'The access token lacks a scope that this request needs.',
  invalid_token: 'The access token is not valid for this server.',
}

/**
 * Makes a verifier for the bearer middleware of an MCP SDK.
 *
 * @param toHostError makes an error of the SDK, because its middleware knows no other errors
 * @throws {TypeError} when the resource server has a policy, or requires DPoP. The middleware passes
 * only the token, so the policy would silently not be enforced, and no proof could be checked
 * @internal
 */
export function createHostVerifier(
  resourceServer: HostedResourceServer,
  toHostError: (kind: HostErrorKind, message: string) => Error,
): McpTokenVerifier {
  if (resourceServer.policy !== undefined) {
    throw new TypeError(
      "mcpTokenVerifier: the SDK's own middleware cannot enforce the option `policy`, because it passes " +
        "only the token; guard the server with one of this package's adapters instead",
    )
  }
  if (resourceServer.metadata.dpop_bound_access_tokens_required === true) {
    throw new TypeError(
      "mcpTokenVerifier: the SDK's own middleware cannot check DPoP proofs, which the option `dpop` requires, " +
        "because it passes only the token; guard the server with one of this package's adapters instead",
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
