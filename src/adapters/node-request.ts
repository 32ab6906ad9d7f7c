import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { HeaderLines } from '../http/header-lines.ts'
import type { BodyReader, RequestConnection, ResourceRequest } from '../http/resource-request.ts'
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
  return new ReceivedRequest(request, parsed)
}

/** A request of a Node server. It makes the parts that few requests need only when they are read. */
class ReceivedRequest implements ResourceRequest {
  readonly method: string
  readonly url: string
  readonly headers: HeaderLines
  readonly original: NodeRequest
  readonly #parsed: () => unknown

  constructor(request: NodeRequest, parsed: () => unknown) {
    this.method = request.method ?? ''
    this.url = targetOf(request)
    this.headers = new HeaderLines(request.rawHeaders)
    this.original = request
    this.#parsed = parsed
  }

  get message(): BodyReader {
    return bodyReader(this.original, this.#parsed)
  }

  /** HTTP/2 does not need a header to announce a body. */
  get hasBody(): boolean | undefined {
    const { stream } = this.original as { stream?: { endAfterHeaders?: boolean } }
    return stream?.endAfterHeaders === false
  }

  get connection(): RequestConnection {
    return new NodeConnection(this.original)
  }
}

/** Removes header fields from all properties of a request where a handler could find them. @internal */
export function withhold(request: NodeRequest, names: readonly string[]): void {
  // Node makes `headers` and `headersDistinct` when they are read, which takes longer than the whole check.
  if (names.length === 0) return
  const { headersDistinct, rawHeaders } = request as IncomingMessage
  for (const name of names) {
    delete request.headers[name]
    delete headersDistinct?.[name]
    for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
      if (rawHeaders[at]?.toLowerCase() === name) rawHeaders.splice(at, 2)
    }
  }
}
