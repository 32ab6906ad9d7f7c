/**
 * The reason of a {@link ChallengeError}, for the operator's events and for tests. The caller never sees it.
 *
 * The union is closed: a new reason is a new member, and is listed in the changelog.
 */
export type ChallengeReason =
  // the Authorization header
  | 'credentials_missing'
  | 'scheme_unsupported'
  | 'authorization_malformed'
  | 'authorization_repeated'
  | 'token_too_long'
  // the format of the token
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
  // the proof that the caller possesses the key of the token (RFC 9449, RFC 8705)
  | 'sender_constraint_unmet'
  | 'dpop_required'
  | 'dpop_scheme_missing'
  | 'dpop_token_not_bound'
  | 'dpop_key_mismatch'
  | 'dpop_proof_missing'
  | 'dpop_proof_repeated'
  | 'dpop_proof_too_long'
  | 'dpop_proof_malformed'
  | 'dpop_proof_type_refused'
  | 'dpop_proof_algorithm_refused'
  | 'dpop_proof_key_refused'
  | 'dpop_proof_signature_invalid'
  | 'dpop_proof_method_mismatch'
  | 'dpop_proof_url_mismatch'
  | 'dpop_proof_token_mismatch'
  | 'dpop_proof_expired'
  | 'dpop_proof_issued_in_future'
  | 'dpop_proof_replayed'
  | 'dpop_nonce_missing'
  | 'dpop_nonce_invalid'
  | 'certificate_missing'
  | 'certificate_malformed'
  | 'certificate_expired'
  | 'certificate_mismatch'
  // a valid token that introspection or revocation rejects, or that has too few scopes
  | 'token_inactive'
  | 'token_revoked'
  | 'scope_missing'

/**
 * The reason of a request's refusal that has nothing to do with its token. Such a refusal is not an
 * OAuth challenge: a challenged client would ask for another token, and another token would not help.
 */
export type RefusalReason =
  // the Origin header
  | 'origin_refused'
  // the session
  | 'session_unknown'
  // the body
  | 'media_type_unsupported'
  | 'body_too_large'
  | 'body_unreadable'
  | 'body_malformed'
  | 'header_mismatch'
  // a policy rule that no scope can satisfy
  | 'operation_denied'

/** The reason of an {@link UnavailableError}: why this server could not check a request. The answer is 503. */
export type UnavailableReason =
  | 'discovery_failed'
  | 'key_set_unavailable'
  | 'introspection_unavailable'
  | 'introspection_refused_us'
  | 'introspection_answer_invalid'
  | 'introspection_mismatch'
  | 'token_exchange_unavailable'
  | 'client_authentication_failed'
  | 'overloaded'
  | 'revocation_check_failed'
  | 'policy_failed'
  | 'session_store_failed'
  | 'replay_store_failed'
  | 'gate_missing'
  | 'clock_failed'
  | 'verifier_failed'
  | 'request_aborted'
  | 'closed'

/** Why an authorization server refused to exchange a token. The union is closed. */
export type TokenExchangeReason =
  /** The authorization server does not know this server's client, or the client's secret is wrong. */
  | 'client_refused'
  /** The client may not exchange this token. */
  | 'exchange_not_permitted'
  /** The authorization server does not exchange this token for one with the requested audience or resource. */
  | 'target_refused'
  /** The client, or the caller's token, does not get the requested scopes. */
  | 'scope_refused'
  /** The user must log in or give consent first. */
  | 'consent_required'
  /** The caller's token is no longer valid. */
  | 'subject_token_refused'
  /** The authorization server answered with another error of RFC 6749 §5.2. */
  | 'request_refused'

/**
 * Makes `instanceof` work between copies of this package: an error of one copy is an instance of the
 * class of the same name in another copy. A process may load several copies. Subclasses work as usual.
 *
 * @internal
 */
export function brand(of: abstract new (...args: never) => Error, name: string): void {
  const mark = Symbol.for(`mcp-resource-server/${name}`)
  Object.defineProperty(of.prototype, mark, { value: true })
  Object.defineProperty(of, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
      return this === of && typeof value === 'object' && value !== null && mark in value
    },
  })
}

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

  override readonly name = 'ChallengeError'
  readonly reason: ChallengeReason
  /** The error code of RFC 6750 §3.1 or RFC 9449 §7.1; `undefined` if the request had no credentials of an accepted scheme. */
  readonly code: ChallengeErrorCode | undefined
  readonly status: 400 | 401 | 403
  /** With `scope_missing` and `dpop_required`: all scopes that the operation needs. */
  readonly requiredScopes: readonly string[] | undefined

  constructor(reason: ChallengeReason, message: string, requiredScopes?: readonly string[]) {
    super(message)
    this.reason = reason
    this.code = reason in CODES ? CODES[reason] : 'invalid_token'
    this.status = this.code === undefined ? 401 : STATUS[this.code]
    this.requiredScopes = requiredScopes
  }
}

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

/**
 * The HTTP status and the JSON-RPC error code of each refusal. The code is one of JSON-RPC, `-32020` of
 * MCP, or otherwise the HTTP status: the other codes of JSON-RPC's server range are reserved (MCP-24).
 */
const REQUEST_REFUSALS = {
  origin_refused: [403, 403],
  session_unknown: [404, 404],
  media_type_unsupported: [415, -32600],
  body_too_large: [413, -32600],
  body_unreadable: [400, -32700],
  body_malformed: [400, -32600],
  header_mismatch: [400, -32020],
  operation_denied: [403, 403],
} as const satisfies Record<RefusalReason, readonly [status: number, code: number]>

/** The answer of an MCP server that has no such method, tool, prompt or resource. @internal */
export interface Absence {
  readonly status: 200 | 400 | 404
  readonly code: -32601 | -32602
  readonly message: string
  readonly data?: Readonly<Record<string, string>>
}

/**
 * A refusal of a request for another reason than its token. It is not a {@link ChallengeError}, because
 * a client answers a challenge by asking for another token, which would be refused too.
 *
 * @internal
 */
export class RequestRefusedError extends Error {
  static {
    brand(RequestRefusedError, 'RequestRefusedError')
  }

  override readonly name = 'RequestRefusedError'
  readonly reason: RefusalReason
  readonly status: 200 | 400 | 403 | 404 | 413 | 415
  /** The code of the JSON-RPC error. */
  readonly rpcCode: number
  /** The id of the JSON-RPC request; `null` if unknown. */
  readonly id: string | number | null
  /** The answer that hides the refusal: the caller learns that no such thing exists. */
  readonly absence: Absence | undefined

  /** @param options.code the JSON-RPC code, instead of the default of the reason */
  constructor(
    reason: RefusalReason,
    message: string,
    options: {
      id?: string | number | null
      code?: number
      absence?: Absence | undefined
    } = {},
  ) {
    super(message)
    const [status, code] = REQUEST_REFUSALS[reason]
    this.reason = reason
    this.status = options.absence?.status ?? status
    this.rpcCode = options.absence?.code ?? options.code ?? code
    this.id = options.id ?? null
    this.absence = options.absence
  }
}
