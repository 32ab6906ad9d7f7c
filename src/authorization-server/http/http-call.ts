import type { UnavailableReason } from '../../errors/reasons.ts'
import type { OutboundEvent } from '../../telemetry/events.ts'

/**
 * The kind of a call, which decides the queue that it waits in. There is a queue for each issuer,
 * origin and lane.
 *
 * - `documents`: metadata and keys.
 * - `verified_tokens`: introspection of tokens with a valid signature, and token exchanges.
 * - `unverified_tokens`: introspection of other tokens, which anybody can make up.
 *
 * @internal
 */
export type CallLane = 'documents' | 'verified_tokens' | 'unverified_tokens'

/** A client certificate for connections. It is sent in the TLS handshake. @internal */
export interface TlsIdentity {
  /** Grows with each certificate of the process. Connections with an older certificate are replaced. */
  readonly version: number
  readonly cert: string
  readonly key: string
  readonly passphrase?: string | undefined
}

/** An HTTP call to an authorization server. @internal */
export interface HttpCall {
  readonly purpose: OutboundEvent['purpose']
  readonly issuer: string
  readonly lane: CallLane
  /** The reason of the `UnavailableError` if the call fails. */
  readonly failure: UnavailableReason
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** The client certificate for the connection. Such calls have connections of their own. */
  readonly certificate?: TlsIdentity | undefined
  /** Aborted when no caller waits for the answer any more. A call that is still queued is then never sent. */
  readonly signal?: AbortSignal | undefined
}

/** The answer to an {@link HttpCall}. @internal */
export interface HttpReply {
  readonly status: number
  readonly contentType: string | undefined
  /** `Retry-After` in seconds; `undefined` if it is missing or a date. */
  readonly retryAfter: number | undefined
  /** The field `Date` as it was sent. */
  readonly date: string | undefined
  readonly body: Uint8Array
}
