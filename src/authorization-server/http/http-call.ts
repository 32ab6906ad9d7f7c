import type { UnavailableReason } from '../../errors.ts'
import type { OutboundEvent } from '../../telemetry/events.ts'

/**
 * The queue that a call waits in. Each issuer and origin has a queue for each lane.
 *
 * - `documents`: metadata and keys.
 * - `verified_tokens`: introspection of tokens with a valid signature, and token exchanges.
 * - `unverified_tokens`: introspection of tokens that anybody can make up.
 *
 * @internal
 */
export type CallLane = 'documents' | 'verified_tokens' | 'unverified_tokens'

/** @internal */
export interface HttpCall {
  readonly purpose: OutboundEvent['purpose']
  readonly issuer: string
  readonly lane: CallLane
  /** The reason of the error when the call fails. */
  readonly failure: UnavailableReason
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Aborted when no caller waits for the answer. A call that has not been sent by then is never sent. */
  readonly signal?: AbortSignal | undefined
}

/** @internal */
export interface HttpReply {
  readonly status: number
  readonly contentType: string | undefined
  /** Seconds, where the server gave them as a number. */
  readonly retryAfter: number | undefined
  readonly body: Uint8Array
}
