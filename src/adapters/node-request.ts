import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { ResourceRequest } from '../http/resource-request.ts'
import { bodyReader } from './node-body.ts'
import { NodeConnection } from './node-connection.ts'

/** A request that a Node HTTP/1 or HTTP/2 server has received. */
export type NodeRequest = (IncomingMessage | Http2ServerRequest) & {
  /** The path and query as received. Express sets it, because its routers change `url`. */
  originalUrl?: string
  /** The result of a body parser. */
  body?: unknown
}

/** A response that a Node HTTP/1 or HTTP/2 server sends. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/** Returns the path and query of a request, as received. @internal */
export function targetOf(request: NodeRequest): string {
  return request.originalUrl ?? request.url ?? ''
}

/**
 * Turns a request of a Node server into the {@link ResourceRequest} that the gate checks.
 *
 * @param parsed returns the result of a body parser; `undefined` if no parser has run
 * @internal
 */
export function toResourceRequest(request: NodeRequest, parsed: () => unknown): ResourceRequest {
  return {
    method: request.method ?? '',
    url: targetOf(request),
    headers: distinctHeaders(request),
    message: bodyReader(request, parsed),
    hasBody: hasBodyOfHttp2(request),
    original: request,
    connection: new NodeConnection(request),
  }
}

/** Whether an HTTP/2 request has a body. HTTP/2 does not need a header to announce the body. */
function hasBodyOfHttp2(request: NodeRequest): boolean | undefined {
  const { stream } = request as { stream?: { endAfterHeaders?: boolean } }
  return stream?.endAfterHeaders === false
}

/**
 * Returns the headers with all values of each field. They come from `rawHeaders`: `headers` drops a second
 * `Authorization`, and `headersDistinct` ends at the server's `maxHeadersCount`. `rawHeaders` may go on for
 * some fields, and the transports of the MCP SDKs read them there.
 */
function distinctHeaders({ rawHeaders }: NodeRequest): ResourceRequest['headers'] {
  const distinct: Record<string, string[]> = Object.create(null)
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = String(rawHeaders[at]).toLowerCase()
    distinct[name] ??= []
    distinct[name].push(String(rawHeaders[at + 1]))
  }
  return distinct
}

/** Removes header fields from all properties of a request where a handler could find them. @internal */
export function withhold(request: NodeRequest, names: readonly string[]): void {
  const { headersDistinct, rawHeaders } = request as IncomingMessage
  for (const name of names) {
    delete request.headers[name]
    delete headersDistinct?.[name]
    for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
      if (rawHeaders[at]?.toLowerCase() === name) rawHeaders.splice(at, 2)
    }
  }
}
