/**
 * A request, reduced to what authentication looks at. Adapters make it; in a unit test a literal does.
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
   * The MCP message, or batch of them, that is the body: parsed, its bytes, or a function that reads it. Needed
   * where there is a policy of operations, and looked at only once the token was found good. What
   * is read must stay there for the handler.
   */
  readonly message?: BodyReader | object | undefined
  /**
   * `true`: a body follows, though no header says so, as HTTP/2 can. Default: what `Content-Length` and
   * `Transfer-Encoding` say.
   */
  readonly hasBody?: boolean | undefined
  /**
   * `true`: the handler will see the headers as they came, so none can be withheld from it, and
   * those of sessions count on every revision. Default `false`.
   */
  readonly headersStay?: boolean | undefined
  /** Ends the wait for a decision. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads the body of a request: its bytes as received, or what a framework has already parsed them
 * to, or `undefined` when there are more bytes than the limit. Called at most once.
 */
export type BodyReader = (
  maxBytes: number,
) => Promise<Uint8Array | { readonly parsed: unknown } | undefined>
