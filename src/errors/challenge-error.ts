import { brand } from './brand.ts'
import type { ChallengeReason, NearMiss } from './reasons.ts'

/** The error codes of RFC 6750 §3.1 and RFC 9449 §7.1. */
export type ChallengeErrorCode =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'

/** The error code of each reason; `invalid_token` for a reason that is not listed. */
const CODES: Partial<Record<ChallengeReason, ChallengeErrorCode | undefined>> = {
  // A challenge to a request without credentials of an accepted scheme has no error code (RFC 6750 §3.1).
  credentials_missing: undefined,
  scheme_unsupported: undefined,
  dpop_required: undefined,
  dpop_proof_missing: 'invalid_dpop_proof',
  dpop_proof_repeated: 'invalid_dpop_proof',
  dpop_proof_too_long: 'invalid_dpop_proof',
  dpop_proof_malformed: 'invalid_dpop_proof',
  dpop_proof_type_refused: 'invalid_dpop_proof',
  dpop_proof_algorithm_refused: 'invalid_dpop_proof',
  dpop_proof_key_refused: 'invalid_dpop_proof',
  dpop_proof_signature_invalid: 'invalid_dpop_proof',
  dpop_proof_method_mismatch: 'invalid_dpop_proof',
  dpop_proof_url_mismatch: 'invalid_dpop_proof',
  dpop_proof_token_mismatch: 'invalid_dpop_proof',
  dpop_proof_expired: 'invalid_dpop_proof',
  dpop_proof_issued_in_future: 'invalid_dpop_proof',
  dpop_proof_replayed: 'invalid_dpop_proof',
  dpop_nonce_missing: 'use_dpop_nonce',
  dpop_nonce_invalid: 'use_dpop_nonce',
  authorization_malformed: 'invalid_request',
  authorization_repeated: 'invalid_request',
  scope_missing: 'insufficient_scope',
}

const STATUS = {
  invalid_request: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  invalid_dpop_proof: 401,
  use_dpop_nonce: 401,
} as const

/**
 * A refusal for the caller's credentials: they are missing, invalid, or have too few scopes. The
 * caller gets 400, 401 or 403.
 *
 * The `message` is for the operator. It may quote short, escaped pieces of the token's header and
 * claims. It never holds the token itself.
 *
 * The `stack` has no frames. A refusal is a decision and no fault of the program, its frames would be in
 * this package, and anybody can cause refusals, so they must be cheap.
 *
 * @example
 * ```ts
 * import { ChallengeError, createJwtVerifier } from 'mcp-resource-server'
 *
 * const verifier = createJwtVerifier({
 *   issuer: 'https://sso.example.com',
 *   audience: 'https://mcp.example.com/mcp',
 * })
 * try {
 *   await verifier.verify('not-a-token')
 * } catch (error) {
 *   if (error instanceof ChallengeError) console.log(error.reason, error.status)
 * }
 * ```
 */
export class ChallengeError extends Error {
  static {
    brand(ChallengeError, 'ChallengeError')
  }

  override readonly name: 'ChallengeError'
  readonly reason: ChallengeReason
  /** The error code of RFC 6750 §3.1 or RFC 9449 §7.1; `undefined` if the request had no credentials of an accepted scheme. */
  readonly code: ChallengeErrorCode | undefined
  readonly status: 400 | 401 | 403
  /** With `scope_missing` and `dpop_required`: all scopes that the operation needs. */
  readonly requiredScopes: readonly string[] | undefined
  /** How the token nearly fits, for the operator. `undefined` if nothing is recognised. */
  readonly nearMiss: NearMiss | undefined

  constructor(
    reason: ChallengeReason,
    message: string,
    requiredScopes?: readonly string[],
    nearMiss?: NearMiss,
  ) {
    const { stackTraceLimit } = Error
    // To collect the frames takes longer than all checks of a made-up token. `Reflect.set` does not throw
    // where the program has frozen `Error`.
    Reflect.set(Error, 'stackTraceLimit', 0)
    try {
      super(message)
    } finally {
      Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
    }
    this.name = 'ChallengeError'
    this.reason = reason
    this.code = reason in CODES ? CODES[reason] : 'invalid_token'
    this.status = this.code === undefined ? 401 : STATUS[this.code]
    this.requiredScopes = requiredScopes
    this.nearMiss = nearMiss
  }
}
