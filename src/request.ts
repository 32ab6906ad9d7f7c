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
  /** Ends the wait for a decision. */
  readonly signal?: AbortSignal | undefined
}
