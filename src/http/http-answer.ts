/**
 * The header fields of an answer, by name. A field with several values is one text with commas, the
 * same as several lines with that name (RFC 9110 §5.3). So an answer with two challenges has one
 * `WWW-Authenticate`, which every framework sends (RFC 9110 §11.6.1).
 */
export type AnswerHeaders = Readonly<Record<string, string>>

/** A complete answer to a request, as plain data. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: string | undefined
}
