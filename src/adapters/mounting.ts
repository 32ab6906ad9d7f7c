import type { HttpAnswer } from '../metadata/document-answer.ts'
import type { ResourceServer } from '../resource-server/resource-server.ts'
import { warnOnce } from '../telemetry/warnings.ts'

/** Resource servers whose documents can be had: an adapter answers for them at the root. */
const documented = new WeakSet<ResourceServer>()

/** Records that an adapter answers requests for the documents. @internal */
export function answersDocuments(resourceServer: ResourceServer): void {
  documented.add(resourceServer)
}

/** Whether an adapter answers requests for the documents. @internal */
export function documentsAnswered(resourceServer: ResourceServer): boolean {
  return documented.has(resourceServer)
}

/** Whether requests for the metadata document come to what is mounted at this path. @internal */
export function seesDocument({ metadataUrl }: ResourceServer, path: string): boolean {
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
 * Makes the answer of a whole gate that is mounted where it cannot serve the documents: 503, and a
 * warning of the process. Otherwise clients could not find out where to log in, and nobody would know why.
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
