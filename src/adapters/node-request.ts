import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { ResourceRequest } from '../http/resource-request.ts'
import { bodyReader } from './node-body.ts'

/** A request of Node's HTTP server, of either version of the protocol. */
export type NodeRequest = (IncomingMessage | Http2ServerRequest) & {
  /** Set by Express: the target as received, whatever a router was mounted on. */
  originalUrl?: string
  /** The result of a body parser. */
  body?: unknown
}

/** The response that belongs to it. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/** The target of a request, as received. @internal */
export function targetOf(request: NodeRequest): string {
  return request.originalUrl ?? request.url ?? ''
}

/**
 * Reduces a request of Node's to what the gate looks at.
 *
 * @param parsed gives the result of a body parser, where one ran before
 * @internal
 */
export function toResourceRequest(request: NodeRequest, parsed: () => unknown): ResourceRequest {
  return {
    method: request.method ?? '',
    url: targetOf(request),
    headers: distinctHeaders(request),
    message: bodyReader(request, parsed),
    hasBody: hasBodyOfHttp2(request),
  }
}

/** In HTTP/2 a body needs no header. */
function hasBodyOfHttp2(request: NodeRequest): boolean | undefined {
  const { stream } = request as { stream?: { endAfterHeaders?: boolean } }
  return stream?.endAfterHeaders === false
}

/** Unlike `headers`, this keeps a second Authorization header. */
function distinctHeaders(request: NodeRequest): ResourceRequest['headers'] {
  const { headersDistinct } = request as Partial<IncomingMessage>
  if (headersDistinct !== undefined) return headersDistinct
  // Requests of HTTP/2, and requests that frameworks make for tests, do not have it.
  const distinct: Record<string, string[]> = Object.create(null)
  const { rawHeaders } = request
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = String(rawHeaders[at]).toLowerCase()
    distinct[name] ??= []
    distinct[name].push(String(rawHeaders[at + 1]))
  }
  return distinct
}

/** Removes header fields from every place where a handler could find them. @internal */
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
