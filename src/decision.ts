import type { RefusalReason, UnavailableReason } from './errors.ts'
import type { VerifiedToken } from './token/verified-token.ts'

/** The headers of an answer, with their names as they go out. */
export type AnswerHeaders = Readonly<Record<string, string>>

/** The JSON body of a refusal: what RFC 6750 gives a client, and an id to quote to the operator. */
export interface RefusalBody {
  readonly error?: string
  readonly error_description: string
  readonly correlation_id: string
}

/** The request may go on. */
export interface Allowed {
  readonly outcome: 'allowed'
  readonly token: VerifiedToken
  /** Headers that must ride on the answer. */
  readonly headers: AnswerHeaders
  readonly correlationId: string | undefined
}

/** The caller's fault. `reason` and `detail` are for the operator; the rest is sent. */
export interface Challenged {
  readonly outcome: 'challenged'
  readonly status: 400 | 401 | 403
  readonly headers: AnswerHeaders
  readonly body: RefusalBody
  readonly reason: RefusalReason
  readonly detail: string
  readonly correlationId: string
}

/** Not the caller's fault: 503 with `Retry-After`. */
export interface Unavailable {
  readonly outcome: 'unavailable'
  readonly status: 503
  readonly headers: AnswerHeaders
  readonly body: RefusalBody
  readonly reason: UnavailableReason
  readonly detail: string
  readonly correlationId: string
}

/** What is to be done with a request, as plain data: adapters only write it down. */
export type Decision = Allowed | Challenged | Unavailable
