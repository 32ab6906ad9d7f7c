import type { ChallengeReason, RefusalReason, UnavailableReason } from '../errors.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/** The headers of an answer, with their names as they go out. */
export type AnswerHeaders = Readonly<Record<string, string>>

/** The JSON body of a refusal: what RFC 6750 gives a client, and an id to quote to the operator. */
export interface OAuthErrorBody {
  readonly error?: string
  readonly error_description: string
  readonly correlation_id: string
}

/** The JSON body of a refusal that is no OAuth answer: a JSON-RPC error, and an id to quote. */
export interface JsonRpcErrorBody {
  readonly jsonrpc: '2.0'
  readonly id: string | number | null
  readonly error: {
    readonly code: number
    readonly message: string
    /** The id to quote; not in an answer that is to look like the MCP server's own. */
    readonly data?: { readonly correlation_id?: string; readonly uri?: string }
  }
}

/** The request may go on. */
export interface Allowed {
  readonly outcome: 'allowed'
  readonly token: VerifiedToken
  /** Headers that must ride on the answer. */
  readonly headers: AnswerHeaders
  /** Header fields of the request, in lower case, that the handler must not see. */
  readonly withheld: readonly string[]
  /** Seconds from now after which an answer that is still being streamed is to end. */
  readonly streamEndsIn: number | undefined
  /** The parsed body, where the policy of operations had to read it. */
  readonly message: unknown
  /** The MCP session that the request belongs to; its principal is the token's. */
  readonly sessionId: string | undefined
  readonly correlationId: string | undefined
}

/** A browser asks beforehand whether a request may be sent (CORS); it carries no token. */
export interface Preflight {
  readonly outcome: 'preflight'
  readonly status: 204
  readonly headers: AnswerHeaders
  readonly body?: undefined
  readonly reason?: undefined
  readonly detail?: undefined
  readonly correlationId?: undefined
}

/** The caller's fault. `reason` and `detail` are for the operator; the rest is sent. */
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
 * The caller's fault, and none that another token could mend: no challenge. `reason` and `detail`
 * are for the operator.
 */
export interface Refused {
  readonly outcome: 'refused'
  /** `200` where an MCP server tells of a missing method or resource in the body alone. */
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

/** What is to be done with a request, as plain data: adapters only write it down. */
export type Decision = Allowed | Preflight | Challenged | Refused | Unavailable

/** A JSON-RPC error, with an id to quote to the operator. */
export interface JsonRpcError {
  readonly code: number
  readonly message: string
  readonly data: { readonly correlation_id: string }
}
