import { metadataCall } from '../../authorization-server/discovery.ts'
import type { HttpReply } from '../../authorization-server/http/http-call.ts'
import type { InsideIssuer } from './inside-server.ts'

/**
 * Fetches a metadata document, as the server does.
 *
 * @param host the value of the field `Host`, if it is not the host of the URL
 * @throws {UnavailableError} `discovery_failed`
 * @internal
 */
export function askDiscovery(
  { url: issuer, configured }: InsideIssuer,
  url: string,
  signal: AbortSignal,
  host?: string,
): Promise<HttpReply> {
  const call = metadataCall(issuer, url)
  const headers = { ...call.headers, ...(host === undefined ? {} : { host }) }
  return configured.server.http.call({ ...call, headers, signal })
}
