/**
 * The header fields of an answer, by name. Several values of a field are joined by commas, which means
 * the same as several lines (RFC 9110 §5.3). So an answer with two challenges has one
 * `WWW-Authenticate` (RFC 9110 §11.6.1). Every framework can send that.
 */
export type AnswerHeaders = Readonly<Record<string, string>>

/** No header fields. @internal */
export const NO_HEADERS: AnswerHeaders = Object.freeze({})

/** A complete answer to a request, as plain data. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: AnswerHeaders
  /** The body as text; `undefined` when the answer has no body. */
  readonly body: string | undefined
}
