/**
 * Why a request was refused: for the operator's events and for tests, never for the caller.
 *
 * The union is closed: a new way to refuse is a new member here, and shows in the changelog.
 */
export type RefusalReason =
  // the Authorization header
  | 'credentials_missing'
  | 'scheme_unsupported'
  | 'authorization_malformed'
  | 'authorization_repeated'
  | 'token_too_long'
  // the token's form
  | 'token_malformed'
  | 'token_encrypted'
  | 'token_opaque'
  | 'algorithm_refused'
  | 'critical_header_refused'
  // the signature
  | 'key_unknown'
  | 'key_ambiguous'
  | 'signature_invalid'
  // the claims
  | 'issuer_missing'
  | 'issuer_unknown'
  | 'token_type_refused'
  | 'audience_missing'
  | 'audience_mismatch'
  | 'claim_missing'
  | 'claim_malformed'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'token_issued_in_future'
  | 'token_lifetime_exceeded'
  | 'confirmation_unknown'
  | 'sender_constraint_unmet'
  // what the authorization server, the operator or the policy says of a well-formed token
  | 'token_inactive'
  | 'introspection_mismatch'
  | 'token_revoked'
  | 'scope_missing'

/** What kept this server from judging a request; every one of them is answered with 503. */
export type UnavailableReason =
  | 'discovery_failed'
  | 'key_set_unavailable'
  | 'introspection_unavailable'
  | 'introspection_refused_us'
  | 'introspection_answer_invalid'
  | 'token_exchange_unavailable'
  | 'client_authentication_failed'
  | 'overloaded'
  | 'revocation_check_failed'
  | 'verifier_failed'
  | 'request_aborted'

/** The error codes of RFC 6750 §3.1. */
export type ChallengeErrorCode = 'invalid_request' | 'invalid_token' | 'insufficient_scope'

const CODES: Partial<Record<RefusalReason, ChallengeErrorCode | undefined>> = {
  // RFC 6750 §3.1: a caller that showed no Bearer credentials is told no error.
  credentials_missing: undefined,
  scheme_unsupported: undefined,
  authorization_malformed: 'invalid_request',
  authorization_repeated: 'invalid_request',
  scope_missing: 'insufficient_scope',
}

const STATUS = { invalid_request: 400, invalid_token: 401, insufficient_scope: 403 } as const

/**
 * The caller's fault: no credentials, bad credentials, or too few rights.
 *
 * The `message` is for the operator. It may quote short, escaped pieces of the token's header and
 * claims, and never the token itself.
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
  override readonly name = 'ChallengeError'
  readonly reason: RefusalReason
  /** RFC 6750 §3.1 code, or `undefined` where no credentials were shown. */
  readonly error: ChallengeErrorCode | undefined
  readonly status: 400 | 401 | 403
  /** With `scope_missing`: all the scopes that this operation needs. */
  readonly requiredScopes: readonly string[] | undefined

  constructor(reason: RefusalReason, message: string, requiredScopes?: readonly string[]) {
    super(message)
    this.reason = reason
    this.error = reason in CODES ? CODES[reason] : 'invalid_token'
    this.status = this.error === undefined ? 401 : STATUS[this.error]
    this.requiredScopes = requiredScopes
  }
}

/**
 * Not the caller's fault: the authorization server, or something of ours, could not answer.
 *
 * It is never turned into a 401: a 401 tells a client to throw a good token away.
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  readonly reason: UnavailableReason
  readonly status = 503
  /** Whole seconds after which another try makes sense, for `Retry-After`. */
  readonly retryAfter: number

  constructor(
    reason: UnavailableReason,
    message: string,
    options: { retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.retryAfter = Math.max(1, Math.ceil(options.retryAfter ?? 5))
  }
}

/**
 * A piece of untrusted text made fit for an operator's log line: one line, escaped, cut short.
 *
 * @internal
 */
export function quoted(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? typeof value
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
  const oneLine = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?')
  return oneLine.length > 120 ? `${oneLine.slice(0, 120)}…` : oneLine
}
