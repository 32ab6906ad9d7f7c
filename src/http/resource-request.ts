/**
 * The parts of an HTTP request that the gate checks. Adapters create it. A unit test can write it as a
 * literal.
 *
 * @example
 * ```ts
 * import type { ResourceRequest } from 'mcp-resource-server'
 *
 * const request: ResourceRequest = {
 *   method: 'POST',
 *   url: '/mcp',
 *   headers: { authorization: 'Bearer abc' },
 * }
 * ```
 */
export interface ResourceRequest {
  readonly method: string
  /** Path and query as received, or an absolute URL. */
  readonly url: string
  /**
   * The header fields: a `Headers`, or a record with lower-case names. A field that was sent several
   * times must be a list, so that a second `Authorization` is noticed. On Node make the record from
   * `IncomingMessage.rawHeaders`: `headers` drops the second one, and `headersDistinct` drops all beyond
   * the server's `maxHeadersCount`. The adapters for Node pass the lines of `rawHeaders`.
   */
  readonly headers:
    | Headers
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | HeaderLookup
  /**
   * The body, which is an MCP message or a batch: parsed, as bytes, or a function that reads it. Only
   * a policy needs the body. It is read after the token has been verified. The handler must still be
   * able to read the body afterwards.
   */
  readonly message?: BodyReader | object | undefined
  /**
   * Whether the request has a body. HTTP/2 allows a body that no header announces. Default: what
   * `Content-Length` and `Transfer-Encoding` say.
   */
  readonly hasBody?: boolean | undefined
  /**
   * Whether the handler sees all headers as the caller sent them. Then no header can be hidden from
   * the handler, and session headers are checked on every MCP revision. Default `false`.
   */
  readonly headersStay?: boolean | undefined
  /** The connection that the request came over. Only certificate-bound tokens need it (RFC 8705). */
  readonly connection?: RequestConnection | undefined
  /**
   * The request object of the framework, which is the same for all guards that a request passes. A DPoP
   * proof works once (RFC 9449 §11.1). Without this member, a second guard refuses the proof.
   */
  readonly original?: object | undefined
  /** Aborts the wait for a decision. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The header fields of a request, for an adapter that searches for one field at a time. A guard asks for few
 * fields, so a record of all fields is not needed.
 *
 * @example
 * ```ts
 * import type { HeaderLookup } from 'mcp-resource-server'
 *
 * export const linesOf = (lines: readonly (readonly [name: string, value: string])[]): HeaderLookup => ({
 *   valuesOf: (name) => lines.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value),
 * })
 * ```
 */
export interface HeaderLookup {
  /**
   * Returns all values of a field, one for each line. Empty if the request does not have the field.
   *
   * @param name in lower case
   */
  valuesOf(name: string): readonly string[]
}

/**
 * The connection that a request came over: from the client itself, or from a proxy in front of this
 * server. The adapters for Node fill it in. For `fetchGate` and `mcpGate`, see their option `connection`.
 *
 * @example
 * ```ts
 * import type { TLSSocket } from 'node:tls'
 * import type { RequestConnection } from 'mcp-resource-server'
 *
 * const connectionOf = (socket: TLSSocket): RequestConnection => ({
 *   remoteAddress: socket.remoteAddress,
 *   clientCertificate: () => socket.getPeerX509Certificate()?.raw,
 * })
 * ```
 */
export interface RequestConnection {
  /** The IP address of the other end of the connection. Never take it from a header. */
  readonly remoteAddress?: string | undefined
  /**
   * Returns the client's certificate of the TLS connection in DER form; `undefined` if there is none. It
   * is only called for a token that is bound to a certificate.
   */
  readonly clientCertificate?: (() => Uint8Array | undefined) | undefined
}

/**
 * Reads the body of a request. It returns the bytes as received, or the value that a framework has
 * parsed. `undefined` means that the body is longer than `maxBytes`. It is called at most once.
 */
export type BodyReader = (
  maxBytes: number,
) => Promise<Uint8Array | { readonly parsed: unknown } | undefined>
