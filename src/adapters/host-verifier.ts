import type { ResourceServer } from '../resource-server.ts'

/** What a verifier for a host's own bearer middleware needs. @internal */
export type HostedResourceServer = Pick<
  ResourceServer,
  'verify' | 'resource' | 'metadataUrl' | 'operations'
>

/**
 * The middleware of the MCP SDKs hands over a token and nothing else, so a policy of operations
 * would silently not be enforced.
 *
 * @throws {TypeError}
 * @internal
 */
export function requireNoOperations(where: string, { operations }: HostedResourceServer): void {
  if (operations === undefined) return
  throw new TypeError(
    `${where}: \`operations\` cannot be enforced by the SDK's own middleware, which sees only the ` +
      "token; guard the server with one of this package's adapters instead",
  )
}
