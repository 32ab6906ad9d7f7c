import type { ChallengeReason, UnavailableReason } from '../errors/reasons.ts'
import type { DecisionEvent, OutboundEvent } from './events.ts'

/**
 * Name of the tracing channel (`node:diagnostics_channel`) that traces each request, from its arrival
 * to the decision. The message of every event is a {@link RequestTrace}. The traces of
 * {@link VERIFICATION_TRACE} and {@link OUTBOUND_TRACE} are nested in it.
 *
 * @example
 * ```ts
 * import { tracingChannel } from 'node:diagnostics_channel'
 * import { REQUEST_TRACE, type RequestTrace } from 'mcp-resource-server/telemetry'
 *
 * tracingChannel<object, RequestTrace>(REQUEST_TRACE).asyncEnd.subscribe((message) => {
 *   const { correlationId, decision } = message as RequestTrace
 *   console.log(correlationId, decision?.outcome, decision?.duration)
 * })
 * ```
 */
export const REQUEST_TRACE = 'mcp-resource-server:request'

/**
 * Name of the tracing channel that traces each verification that the cache could not answer. The message
 * of every event is a {@link VerificationTrace}.
 */
export const VERIFICATION_TRACE = 'mcp-resource-server:verification'

/**
 * Name of the tracing channel that traces each call to an authorization server. The message of every
 * event is an {@link OutboundTrace}.
 */
export const OUTBOUND_TRACE = 'mcp-resource-server:outbound-call'

/**
 * Name of the tracing channel that traces each message that reaches an MCP server that `protectServer`
 * protects, from its delivery to its answer. The user's handler runs inside the trace. The message of
 * every event is an {@link OperationTrace}. It has everything that the metric
 * `mcp.server.operation.duration` of OpenTelemetry needs.
 *
 * @example
 * ```ts
 * import { tracingChannel } from 'node:diagnostics_channel'
 * import { OPERATION_TRACE, type OperationTrace } from 'mcp-resource-server/telemetry'
 *
 * tracingChannel<object, OperationTrace>(OPERATION_TRACE).asyncEnd.subscribe((message) => {
 *   const { method, methodKnown, end } = message as OperationTrace
 *   console.log(methodKnown ? method : '_OTHER', end?.errorType, end?.duration)
 * })
 * ```
 */
export const OPERATION_TRACE = 'mcp-resource-server:operation'

/**
 * What an MCP message asks for. The caller chooses every value, so every value is cut to 128 characters
 * and contains no piece of the token.
 */
export interface TracedCall {
  /** The MCP method, such as `tools/call`. */
  readonly method: string
  /** The id of the request, as text; `undefined` for a notification. */
  readonly requestId: string | undefined
  /** The tool that the message calls. */
  readonly tool: string | undefined
  /** The prompt that the message gets or completes. */
  readonly prompt: string | undefined
  /** The URI of the resource that the message reads, or subscribes to. It has no query and no user. */
  readonly resourceUri: string | undefined
  /** The revision of MCP, if this package knows it. */
  readonly protocolVersion: string | undefined
}

/** The message of {@link REQUEST_TRACE}. All events of one request have the same object. */
export interface RequestTrace {
  /** The id of the request. Its other traces have the same id, and so does an answer that refuses it. */
  readonly correlationId: string
  /** The protected resource. */
  readonly resource: string
  /** The HTTP method; `undefined` for a token that was verified without a request. */
  readonly method: string | undefined
  /** The decision. It is set before `asyncEnd` is published. */
  decision?: DecisionEvent
  /** The message in the body. It is set with the decision, if a policy has read a body with one message. */
  call?: TracedCall
}

/**
 * Adds facts to a trace. A subscriber may have frozen the trace. That must not change a decision.
 *
 * @internal
 */
export function noteInTrace<Trace extends object>(trace: Trace, facts: Partial<Trace>): void {
  try {
    Object.assign(trace, facts)
  } catch {
    // The other subscribers do without the facts.
  }
}

/** The message of {@link VERIFICATION_TRACE}. */
export interface VerificationTrace {
  /** The id of the first request that needed this verification. */
  readonly correlationId: string | undefined
  /** Why the token was not verified; `undefined` if it was. It is set before `asyncEnd` is published. */
  reason?: ChallengeReason | UnavailableReason | undefined
  /** Whether this server or the authorization server failed. It is set before `asyncEnd` is published. */
  unavailable?: boolean
}

/** The message of {@link OUTBOUND_TRACE}. */
export interface OutboundTrace {
  /** The id of the request that caused the call; `undefined` for a refresh in the background. */
  readonly correlationId: string | undefined
  readonly purpose: OutboundEvent['purpose']
  readonly issuer: string
  /** The HTTP method. */
  readonly method: string
  /** The URL without its query. */
  readonly url: string
  /** The finished call. It is set before `asyncEnd` is published. */
  call?: OutboundEvent
  /**
   * Why the call failed, in a word: the HTTP status from 400, an error code such as `ECONNREFUSED`,
   * `timeout`, or `_OTHER`. It is set before `asyncEnd` is published.
   */
  errorType?: string | undefined
}

/** The message of {@link OPERATION_TRACE}. All events of one operation have the same object. */
export interface OperationTrace extends TracedCall {
  /** The id of the HTTP request that brought the message; `undefined` if it is not known. */
  readonly correlationId: string | undefined
  /** The protected resource; `undefined` if the message came without a verified token. */
  readonly resource: string | undefined
  /**
   * Whether MCP has this method, or the server has answered it before. If not, the caller may have made
   * it up: metrics and names of spans must have another word in its place, such as `_OTHER`.
   */
  methodKnown: boolean
  /**
   * Whether the server has this tool or prompt. If not, the caller may have made it up: metrics and names
   * of spans must not have it.
   */
  nameKnown: boolean
  /** The revision of MCP. The answer to `initialize` sets it. */
  protocolVersion: string | undefined
  /** The id of the MCP session. */
  readonly sessionId: string | undefined
  /** The issuer of the verified token. */
  readonly issuer: string | undefined
  /** The subject of the verified token. */
  readonly subject: string | undefined
  /** The client id of the verified token. */
  readonly clientId: string | undefined
  /** How the operation ended. It is set before `asyncEnd` is published. */
  end?: OperationEnd
}

/** How an operation ended. */
export interface OperationEnd {
  /**
   * `answered`: the server sent a result. `failed`: the server sent an error or a result with `isError`,
   * or an answer could not be sent. `refused`: `protectServer` did not deliver the message. `cancelled`:
   * the client cancelled the request. `closed`: the connection was closed before the answer, or too many
   * requests were open. `delivered`: the message is a notification.
   */
  readonly outcome: 'answered' | 'failed' | 'refused' | 'cancelled' | 'closed' | 'delivered'
  /** The code of the JSON-RPC error that answers the message. */
  readonly errorCode: number | undefined
  /**
   * The error in a word, as OpenTelemetry's `error.type`: the code of the JSON-RPC error, `tool_error` for
   * a tool result with `isError`, `send_failed`, or `delivery_failed`; `undefined` if the operation did not fail.
   */
  readonly errorType: string | undefined
  /** Milliseconds from the delivery of the message to its answer. */
  readonly duration: number
}
