import type { AnswerHeaders, HttpAnswer } from './http-answer.ts'
import type { ResourceRequest } from './resource-request.ts'

/**
 * A public address of the resource server, such as the address of its metadata. It needs no access
 * token.
 */
export interface Endpoint {
  /**
   * An absolute path on the resource server's origin. If the path has a query, only requests with that
   * query match.
   */
  readonly path: string
  /** The allowed HTTP methods. Any other method is answered with 405. */
  readonly methods: readonly string[]
  /**
   * The header fields of an answer that is made instead of the endpoint's own: 405 for other methods, and
   * 503 for an error. Default none.
   */
  readonly headers?: AnswerHeaders | undefined
  /** Answers a request with one of these methods. */
  answer(request: ResourceRequest): HttpAnswer | Promise<HttpAnswer>
}
