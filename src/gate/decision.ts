import type {
  ChallengeReason,
  NearMiss,
  RefusalReason,
  UnavailableReason,
} from '../errors/reasons.ts'
import type { AnswerHeaders } from '../http/http-answer.ts'
import type { PossessionProof } from '../sender-constraint/possession.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/**
 * The JSON body of an OAuth error (RFC 6750 §3.1). Callers can quote its correlation id to the
 * operator.
 */
export interface OAuthErrorBody {
  readonly error?: string
  readonly error_description: string
  readonly correlation_id: string
}

/**
 * The JSON body of any other refusal: a JSON-RPC error. Callers can quote its correlation id to the
 * operator.
 */
export interface JsonRpcErrorBody {
  readonly jsonrpc: '2.0'
  readonly id: string | number | null
  readonly error: {
    readonly code: number
    readonly message: string
    /**
     * Contains the correlation id. It is absent from an answer that must look like an answer of the MCP
     * server.
     */
    readonly data?: { readonly correlation_id?: string; readonly uri?: string }
  }
}

/** The request is allowed: the handler may see it. */
export interface Allowed {
  readonly outcome: 'allowed'
  readonly token: VerifiedToken
  /**
   * How the caller proved that it possesses the key that the token is bound to. Empty for a bearer token,
   * which anybody who has it can use.
   */
  readonly possession: readonly PossessionProof[]
  /** Header fields that the answer must have. */
  readonly headers: AnswerHeaders
  /** Header fields of the request, in lower case, that the handler must not see. */
  readonly withheld: readonly string[]
  /** The time after which a streamed answer must end, in seconds from the decision. */
  readonly streamEndsIn: number | undefined
  /** The parsed body, if the policy has read it. */
  readonly message: unknown
  /** The id of the MCP session that the request names. The session belongs to the token's principal. */
  readonly sessionId: string | undefined
  /** The id of the request's event; `undefined` when nobody subscribes to events. */
  readonly correlationId: string | undefined
}

/** A browser asks whether it may send a request (CORS preflight). A preflight has no token. */
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
 * The caller needs another token. The answer has a challenge. `reason` and `detail` are for the
 * operator only, and must not be sent.
 */
export interface Challenged {
  readonly outcome: 'challenged'
  readonly status: 400 | 401 | 403
  readonly headers: AnswerHeaders
  readonly body: OAuthErrorBody
  readonly reason: ChallengeReason
  readonly detail: string
  /** How the token or request nearly fits, for the operator; `undefined` if nothing is recognised. */
  readonly nearMiss?: NearMiss | undefined
  /** The scopes that the challenge names, if the reason is `scope_missing`. */
  readonly requiredScopes?: readonly string[] | undefined
  readonly correlationId: string
}

/**
 * The request is wrong, and another token would not help. The answer has no challenge. `reason` and
 * `detail` are for the operator only, and must not be sent.
 */
export interface Refused {
  readonly outcome: 'refused'
  /**
   * The HTTP status. `200` with a JSON-RPC error is the answer of an MCP server that does not have the
   * method or resource.
   */
  readonly status: 200 | 400 | 403 | 404 | 413 | 415
  readonly headers: AnswerHeaders
  readonly body: JsonRpcErrorBody
  readonly reason: RefusalReason
  readonly detail: string
  readonly correlationId: string
}

/**
 * The request could not be checked, because this server or the authorization server failed: 503 with
 * `Retry-After`.
 */
export interface Unavailable {
  readonly outcome: 'unavailable'
  readonly status: 503
  readonly headers: AnswerHeaders
  readonly body: OAuthErrorBody
  readonly reason: UnavailableReason
  readonly detail: string
  readonly correlationId: string
}

/** What to do with a request, as plain data. An adapter carries out the decision. */
export type Decision = Allowed | Preflight | Challenged | Refused | Unavailable

/** A JSON-RPC error. Callers can quote its correlation id to the operator. */
export interface JsonRpcError {
  readonly code: number
  readonly message: string
  readonly data: { readonly correlation_id: string }
}
