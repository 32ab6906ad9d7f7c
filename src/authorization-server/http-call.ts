import type { UnavailableReason } from '../errors.ts'
import type { OutboundEvent } from '../telemetry/events.ts'

/** @internal */
export interface HttpCall {
  readonly purpose: OutboundEvent['purpose']
  readonly issuer: string
  /** What it means when the call fails. */
  readonly failure: UnavailableReason
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly correlationId?: string | undefined
}

/** @internal */
export interface HttpReply {
  readonly status: number
  readonly contentType: string | undefined
  /** Seconds, where the server gave them as a number. */
  readonly retryAfter: number | undefined
  readonly body: Uint8Array
}
