/**
 * The parts of a request that the gate looks at. Adapters make it; a unit test can write a literal.
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
   * The header fields: a `Headers`, or a record with lower-case names. A field that was sent
   * several times must come as a list, so that two `Authorization` headers can be told from one
   * (`IncomingMessage.headersDistinct` does this; `IncomingMessage.headers` drops the second).
   */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /**
   * The body, which is an MCP message or a batch: parsed, as bytes, or a function that reads it. A
   * policy needs it, and reads it only after the token was found good. The handler must still find
   * the body after it was read.
   */
  readonly message?: BodyReader | object | undefined
  /**
   * `true`: a body follows, though no header says so, as HTTP/2 can. Default: what `Content-Length` and
   * `Transfer-Encoding` say.
   */
  readonly hasBody?: boolean | undefined
  /**
   * `true`: the handler sees the headers as they came, so none can be withheld from it, and the
   * headers of sessions count on every revision. Default `false`.
   */
  readonly headersStay?: boolean | undefined
  /** Ends the wait for a decision. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads the body of a request: its bytes as received, or the value that a framework has parsed them
 * to. `undefined`: there are more bytes than the limit. Called at most once.
 */
export type BodyReader = (
  maxBytes: number,
) => Promise<Uint8Array | { readonly parsed: unknown } | undefined>
