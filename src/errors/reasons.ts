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
 * How a refused token or request nearly fits, for the operator. The refusal stands. The caller never sees
 * it. The union is closed: a new code is a new member, and is listed in the changelog.
 *
 * - `audience_scheme`, `audience_loopback`, `audience_port`, `audience_origin`, `audience_slash`,
 *   `audience_case`, `audience_spelling`: the audience is the URL of this server, but for the scheme,
 *   another name of the loopback address, the port, the missing path, a final slash, upper and lower case,
 *   or another spelling (such as a percent-encoding or a final `?`).
 * - `audience_several`: the token names this server and others, and `exclusiveAudience` refuses it.
 * - `audience_client`: the audience is the client's own id.
 * - `audience_generic`: the audience is a name that tokens for many servers have, such as `account`.
 * - `issuer_scheme`, `issuer_loopback`, `issuer_port`, `issuer_slash`, `issuer_case`, `issuer_spelling`: as
 *   for the audience. `issuer_host`: another host with the same path. `issuer_realm`: another realm or
 *   tenant of the same server.
 * - `scope_lost`: an earlier token of the same client and user had the missing scope.
 * - `request_path`: the request came to another path than that of `resource`.
 */
export type NearMiss =
  | 'audience_scheme'
  | 'audience_loopback'
  | 'audience_port'
  | 'audience_origin'
  | 'audience_slash'
  | 'audience_case'
  | 'audience_spelling'
  | 'audience_several'
  | 'audience_client'
  | 'audience_generic'
  | 'issuer_scheme'
  | 'issuer_loopback'
  | 'issuer_port'
  | 'issuer_host'
  | 'issuer_realm'
  | 'issuer_slash'
  | 'issuer_case'
  | 'issuer_spelling'
  | 'scope_lost'
  | 'request_path'

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
  | 'metadata_signing_failed'
  | 'overloaded'
  | 'revocation_check_failed'
  | 'shared_store_failed'
  | 'not_before_failed'
  | 'security_events_failed'
  | 'policy_failed'
  | 'session_store_failed'
  | 'replay_store_failed'
  | 'external_path_failed'
  | 'connection_unknown'
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
