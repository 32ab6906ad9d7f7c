import type { ChallengeReason, RefusalReason, UnavailableReason } from '../errors.ts'

/**
 * Name of the `node:diagnostics_channel` that tells every decision as a {@link DecisionEvent}.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import { DECISION_CHANNEL, type DecisionEvent } from 'mcp-resource-server/telemetry'
 *
 * subscribe(DECISION_CHANNEL, (message) => {
 *   const event = message as DecisionEvent
 *   if (event.outcome !== 'allowed') console.warn(event.correlationId, event.reason, event.detail)
 * })
 * ```
 */
export const DECISION_CHANNEL = 'mcp-resource-server:decision'

/** Name of the channel that tells every outbound HTTP call as an {@link OutboundEvent}. */
export const OUTBOUND_CHANNEL = 'mcp-resource-server:outbound'

/** Name of the channel that tells, as a {@link ListEvent}, what a caller was not shown in a list. */
export const LIST_CHANNEL = 'mcp-resource-server:list'

/** One authentication. Holds no token, no secret and no header. */
export interface DecisionEvent {
  readonly outcome: 'allowed' | 'challenged' | 'refused' | 'unavailable'
  readonly status: 200 | 400 | 401 | 403 | 404 | 413 | 415 | 503
  /** Why not; absent when allowed. */
  readonly reason: ChallengeReason | RefusalReason | UnavailableReason | undefined
  /** What exactly was wrong, in words for the operator. */
  readonly detail: string | undefined
  /** The id that the caller was told. */
  readonly correlationId: string
  /**
   * Of the request; absent where a token alone was checked, by `verify()`, and where `protectServer`
   * refused a message that had come as far as the MCP server.
   */
  readonly method: string | undefined
  /**
   * What the request asked for, such as `tools/call "delete_dataset"`; absent without a policy. Of a
   * batch the first twenty.
   */
  readonly operations: readonly string[] | undefined
  readonly resource: string
  /** Of a token that was verified, also where it was refused for having too few rights. */
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly clientId: string | undefined
  /** With `scope_missing`: the scopes that the caller was told to get (MCP-12). */
  readonly requiredScopes: readonly string[] | undefined
  /** Of a token that was verified. */
  readonly grantedScopes: readonly string[] | undefined
  /** Whether a verification was reused; absent where none took place. */
  readonly cache: 'hit' | 'miss' | undefined
  /** Milliseconds from request to decision. */
  readonly duration: number
}

/** An item that a list left out. */
export interface HiddenItem {
  /** Its name, URI or template. */
  readonly name: string
  readonly reason: 'operation_denied' | 'scope_missing' | 'policy_failed' | 'gate_missing'
}

/** One list that was shortened for its caller. */
export interface ListEvent {
  /** `tools/list` and its like. */
  readonly method: string
  readonly resource: string
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly clientId: string | undefined
  /** How many items the list of the MCP server has. */
  readonly listed: number
  /** How many of them the caller was not shown. */
  readonly hiddenCount: number
  /** The first twenty of those. */
  readonly hidden: readonly HiddenItem[]
}

/** One call to an authorization server. */
export interface OutboundEvent {
  readonly purpose: 'discovery' | 'key_set' | 'introspection' | 'token_exchange' | 'inspection'
  readonly issuer: string
  readonly method: string
  /** Without query. */
  readonly url: string
  /** Absent where no answer came. */
  readonly status: number | undefined
  /** What went wrong, in words for the operator. */
  readonly error: string | undefined
  /** Of the request that caused the call; absent for refreshes in the background. */
  readonly correlationId: string | undefined
  /** Milliseconds. */
  readonly duration: number
}
