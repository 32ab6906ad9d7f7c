import { brand } from './brand.ts'
import type { UnavailableReason } from './reasons.ts'

/**
 * A failure of the authorization server or of this server. The caller gets 503 with `Retry-After`.
 *
 * The status is never 401: a 401 tells the client to discard its token, and the token may be valid.
 */
export class UnavailableError extends Error {
  static {
    brand(UnavailableError, 'UnavailableError')
  }

  override readonly name = 'UnavailableError'
  readonly reason: UnavailableReason
  readonly status = 503
  /** Whole seconds after which the caller may try again, for `Retry-After`. Default 5, at least 1. */
  readonly retryAfter: number

  constructor(
    reason: UnavailableReason,
    message: string,
    options: { retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    const { retryAfter = 5 } = options
    // A user's own verifier may pass on another server's `Retry-After`. If that is a date, it gives NaN here.
    this.retryAfter = Number.isFinite(retryAfter) ? Math.max(1, Math.ceil(retryAfter)) : 5
  }
}
