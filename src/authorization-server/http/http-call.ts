import type { UnavailableReason } from '../../errors.ts'
import type { OutboundEvent } from '../../telemetry/events.ts'

/**
 * Calls of one lane, issuer and origin wait for each other, and for no others.
 *
 * - `documents`: metadata and keys.
 * - `verified tokens`: questions about tokens whose signature holds, and exchanges of tokens.
 * - `unverified tokens`: questions about tokens that anybody can make up.
 *
 * @internal
 */
export type CallLane = 'documents' | 'verified_tokens' | 'unverified_tokens'

/** @internal */
export interface HttpCall {
  readonly purpose: OutboundEvent['purpose']
  readonly issuer: string
  readonly lane: CallLane
  /** What it means when the call fails. */
  readonly failure: UnavailableReason
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Aborted when nobody waits for the answer. A call that has not been sent by then never is. */
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
