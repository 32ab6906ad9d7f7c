import type { HttpAnswer } from '../http/http-answer.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { warnOnce } from '../telemetry/warnings.ts'

/** The resource servers whose endpoints are mounted at the root. */
const mounted = new WeakSet<ResourceServer>()

/** Records that an adapter answers the endpoints of a resource server. @internal */
export function recordEndpoints(resourceServer: ResourceServer): void {
  mounted.add(resourceServer)
}

/** Whether an adapter answers the endpoints of a resource server. @internal */
export function hasEndpoints(resourceServer: ResourceServer): boolean {
  return mounted.has(resourceServer)
}

/** Whether a middleware at this path gets the requests for the metadata document. @internal */
export function seesMetadata({ metadataUrl }: ResourceServer, path: string): boolean {
  return `${new URL(metadataUrl).pathname}/`.startsWith(path.endsWith('/') ? path : `${path}/`)
}

/** Describes the mistake of mounting a gate at a path. @internal */
export function belowAPath({ metadataUrl }: ResourceServer, where: string, path: string): string {
  return (
    `${where}: mounted at ${path}, the gate never sees requests for ${metadataUrl}, so clients that ` +
    'follow a challenge to that URL get 404'
  )
}

/**
 * Makes the answer 503 for a gate that is mounted at a path, and emits a process warning. Such a gate
 * does not get the requests for the metadata. Without this answer, clients could not find out where to
 * log in, and nobody would know why.
 *
 * @param fix how to fix the mistake in this framework
 * @internal
 */
export function refuseBelowAPath(
  resourceServer: ResourceServer,
  where: string,
  path: string,
  fix: string,
): HttpAnswer {
  const why = belowAPath(resourceServer, where, path)
  warnOnce(resourceServer, 'MCP_GATE_BELOW_A_PATH', `${why}; ${fix}`)
  const description = 'The server is not set up correctly. Its log says why.'
  return {
    status: 503,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify({ error: 'temporarily_unavailable', error_description: description }),
  }
}
