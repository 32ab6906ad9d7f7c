/**
 * Why a request was refused: for the operator's events and for tests, never for the caller.
 *
 * The union is closed: a new way to refuse is a new member here, and shows in the changelog.
 */
export type ChallengeReason =
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
  | 'token_revoked'
  | 'scope_missing'

/**
 * Why a request was turned away for what it is, whatever token came with it. None of these is an
 * OAuth challenge: a better token would not help, and clients that are challenged ask for one.
 */
export type RefusalReason =
  // where it comes from
  | 'origin_refused'
  // its session
  | 'session_unknown'
  // its body
  | 'media_type_unsupported'
  | 'body_too_large'
  | 'body_unreadable'
  | 'body_malformed'
  | 'header_mismatch'
  // a right that no scope gives
  | 'operation_denied'

/** Why this server could not check a request. The answer is always 503. */
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
  | 'gate_missing'
  | 'clock_failed'
  | 'verifier_failed'
  | 'request_aborted'
  | 'closed'

/** Why an authorization server refused to exchange a token. The union is closed. */
export type TokenExchangeReason =
  /** It does not know this server's client, or the client's secret is wrong. */
  | 'client_refused'
  /** It knows the client and does not let it exchange this token. */
  | 'exchange_not_permitted'
  /** It does not issue tokens for this audience or resource in exchange for this token. */
  | 'target_refused'
  /** It does not give the requested scopes to this client, or not for this caller's token. */
  | 'scope_refused'
  /** The user has to act first. */
  | 'consent_required'
  /** The caller's token is no longer good. */
  | 'subject_token_refused'
  /** It answered with another error of RFC 6749 §5.2. */
  | 'request_refused'

/**
 * Lets `instanceof` know an error class of this package in every copy of the package. A process may
 * load several, and an error of one copy is no bug to another. Subclasses are told apart as usual.
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

/** The error codes of RFC 6750 §3.1. */
export type ChallengeErrorCode = 'invalid_request' | 'invalid_token' | 'insufficient_scope'

const CODES: Partial<Record<ChallengeReason, ChallengeErrorCode | undefined>> = {
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
  static {
    brand(ChallengeError, 'ChallengeError')
  }

  override readonly name = 'ChallengeError'
  readonly reason: ChallengeReason
  /** RFC 6750 §3.1 code, or `undefined` where no credentials were shown. */
  readonly code: ChallengeErrorCode | undefined
  readonly status: 400 | 401 | 403
  /** With `scope_missing`: all the scopes that this operation needs. */
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
 * Not the caller's fault: the authorization server, or something of ours, could not answer.
 *
 * It is never turned into a 401: a 401 tells a client to throw a good token away.
 */
export class UnavailableError extends Error {
  static {
    brand(UnavailableError, 'UnavailableError')
  }

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
    const { retryAfter = 5 } = options
    // A verifier of one's own may have read another server's header, which can be a date.
    this.retryAfter = Number.isFinite(retryAfter) ? Math.max(1, Math.ceil(retryAfter)) : 5
  }
}

/** How each of them is answered: the HTTP status, and the code of the JSON-RPC error in the body. */
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

/** The answer of an MCP server that does not have what was asked for. @internal */
export interface Absence {
  readonly status: 200 | 400 | 404
  readonly code: -32601 | -32602
  readonly message: string
  readonly data?: Readonly<Record<string, string>>
}

/**
 * The caller's fault, and not its token's. Kept apart from {@link ChallengeError}, because clients
 * answer a challenge by asking for another token, again and again.
 *
 * The codes are those of JSON-RPC, `-32020` of MCP, and otherwise the HTTP status: whatever stands
 * in JSON-RPC's server range is reserved (MCP-24).
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
  /** Of the JSON-RPC error. */
  readonly rpcCode: number
  /** Of the JSON-RPC request that it answers. */
  readonly id: string | number | null
  /** What the caller is told in place of the reason's own words: that there is no such thing. */
  readonly absence: Absence | undefined

  /** @param options.code another JSON-RPC code than the reason's own */
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
