import type { ChallengeReason, RefusalReason, UnavailableReason } from '../errors.ts'
import type { AnswerHeaders } from '../http/http-answer.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/** The JSON body of an OAuth refusal (RFC 6750 §3.1), with an id to quote to the operator. */
export interface OAuthErrorBody {
  readonly error?: string
  readonly error_description: string
  readonly correlation_id: string
}

/** The JSON body of any other refusal: a JSON-RPC error, with an id to quote to the operator. */
export interface JsonRpcErrorBody {
  readonly jsonrpc: '2.0'
  readonly id: string | number | null
  readonly error: {
    readonly code: number
    readonly message: string
    /** The id to quote. An answer that must look like the MCP server's own has none. */
    readonly data?: { readonly correlation_id?: string; readonly uri?: string }
  }
}

/** The request may go on. */
export interface Allowed {
  readonly outcome: 'allowed'
  readonly token: VerifiedToken
  /** Headers that the answer must have. */
  readonly headers: AnswerHeaders
  /** Header fields of the request, in lower case, that the handler must not see. */
  readonly withheld: readonly string[]
  /** Seconds from now after which an answer that is still being streamed must end. */
  readonly streamEndsIn: number | undefined
  /** The parsed body, where the policy had to read it. */
  readonly message: unknown
  /** The MCP session that the request belongs to; its principal is the token's. */
  readonly sessionId: string | undefined
  readonly correlationId: string | undefined
}

/** A browser asks whether it may send a request (CORS). The question has no token. */
export interface Preflight {
  readonly outcome: 'preflight'
  readonly status: 204
  readonly headers: AnswerHeaders
  readonly body?: undefined
  readonly reason?: undefined
  readonly detail?: undefined
  readonly correlationId?: undefined
}

/**
 * The caller's fault: it needs another token. `reason` and `detail` are for the operator; the rest is
 * sent.
 */
export interface Challenged {
  readonly outcome: 'challenged'
  readonly status: 400 | 401 | 403
  readonly headers: AnswerHeaders
  readonly body: OAuthErrorBody
  readonly reason: ChallengeReason
  readonly detail: string
  /** With `scope_missing`: the scopes that the challenge names. */
  readonly requiredScopes?: readonly string[] | undefined
  readonly correlationId: string
}

/**
 * The caller's fault, and another token would not help, so there is no challenge. `reason` and
 * `detail` are for the operator.
 */
export interface Refused {
  readonly outcome: 'refused'
  /** `200`: an MCP server answers so, with a JSON-RPC error, for a method or resource it does not have. */
  readonly status: 200 | 400 | 403 | 404 | 413 | 415
  readonly headers: AnswerHeaders
  readonly body: JsonRpcErrorBody
  readonly reason: RefusalReason
  readonly detail: string
  readonly correlationId: string
}

/** Not the caller's fault: 503 with `Retry-After`. */
export interface Unavailable {
  readonly outcome: 'unavailable'
  readonly status: 503
  readonly headers: AnswerHeaders
  readonly body: OAuthErrorBody
  readonly reason: UnavailableReason
  readonly detail: string
  readonly correlationId: string
}

/** What to do with a request, as plain data. Adapters carry it out and decide nothing. */
export type Decision = Allowed | Preflight | Challenged | Refused | Unavailable

/** A JSON-RPC error, with an id to quote to the operator. */
export interface JsonRpcError {
  readonly code: number
  readonly message: string
  readonly data: { readonly correlation_id: string }
}
