import type { HttpAnswer } from '../http/http-answer.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { warnOnce } from '../telemetry/warnings.ts'

/** Resource servers whose endpoints an adapter has mounted at the root. */
const mounted = new WeakSet<ResourceServer>()

/** Records that requests for the endpoints are answered. @internal */
export function recordEndpoints(resourceServer: ResourceServer): void {
  mounted.add(resourceServer)
}

/** Whether requests for the endpoints are answered. @internal */
export function hasEndpoints(resourceServer: ResourceServer): boolean {
  return mounted.has(resourceServer)
}

/** Whether requests for the metadata document reach what is mounted at this path. @internal */
export function seesMetadata({ metadataUrl }: ResourceServer, path: string): boolean {
  return `${new URL(metadataUrl).pathname}/`.startsWith(path.endsWith('/') ? path : `${path}/`)
}

/** Says what is wrong with a gate that is mounted at a path. @internal */
export function belowAPath({ metadataUrl }: ResourceServer, where: string, path: string): string {
  return (
    `${where}: mounted at ${path}, the gate never sees requests for ${metadataUrl}, so clients that it ` +
    'sends there get 404'
  )
}

/**
 * The answer of a whole gate that is mounted where requests for the metadata do not reach it: 503,
 * and a warning of the process. Otherwise clients could not find out where to log in, and nobody
 * would know why.
 *
 * @param fix what to do, in the framework's terms
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
  const description = 'The server is not set up correctly; its operator was told why.'
  return {
    status: 503,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify({ error: 'temporarily_unavailable', error_description: description }),
  }
}
