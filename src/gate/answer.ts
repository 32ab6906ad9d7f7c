import { ChallengeError, type ChallengeErrorCode } from '../errors/challenge-error.ts'
import type { RefusalReason, UnavailableReason } from '../errors/reasons.ts'
import { RequestRefusedError } from '../errors/request-refused-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import { mergeHeaders } from '../http/list-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { nameOf, redacted, withoutToken } from '../redaction.ts'
import type { DpopMode } from '../sender-constraint/options.ts'
import { challenge } from './challenge.ts'
import { type AuthenticationScheme, presentedIn, presentedScheme } from './credentials.ts'
import type { Challenged, JsonRpcError, OAuthErrorBody, Refused, Unavailable } from './decision.ts'
import type { Failure } from './failure.ts'
import type { Gate } from './gate.ts'
import type { Guard } from './guard.ts'

/**
 * The `error_description` of each OAuth error code. It tells the caller nothing beyond the meaning of
 * the code (S1.13).
 */
const DESCRIPTIONS: Readonly<Record<ChallengeErrorCode, string>> = {
  invalid_request: 'The Authorization header is malformed.',
  invalid_token: 'The access token is not valid for this server.',
  insufficient_scope: 'The access token lacks a scope that this request needs.',
  invalid_dpop_proof: 'The DPoP proof is not valid for this request.',
  use_dpop_nonce: 'The DPoP proof needs the nonce of the header DPoP-Nonce.',
}

/** The message of the JSON-RPC error for each reason of a refusal. */
const REFUSALS: Readonly<Record<RefusalReason, string>> = {
  origin_refused: 'Requests from this origin are not allowed.',
  session_unknown: 'Session not found.',
  media_type_unsupported: 'The body must be application/json in UTF-8, not compressed.',
  body_too_large: 'The body is too large.',
  body_unreadable: 'The body could not be read.',
  body_malformed: 'The body is not a valid JSON-RPC message.',
  header_mismatch: 'The MCP headers are missing or do not match the body.',
  operation_denied: 'The caller may not use this operation.',
}

/** The description of an outage whose reason is not in {@link OUTAGES}. */
const CANNOT_CHECK = 'The access token cannot be checked right now.'

const OUTAGES: Partial<Record<UnavailableReason, string>> = {
  policy_failed: 'The request cannot be checked right now.',
  gate_missing: 'The request reached the MCP server without a verified access token.',
}

/** The schemes that a route offers. */
const SCHEMES: Readonly<Record<DpopMode, readonly AuthenticationScheme[]>> = {
  off: ['Bearer'],
  accepted: ['Bearer', 'DPoP'],
  required: ['DPoP'],
}

const JSON_HEADERS = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' } as const

/** The settings of the gate that appear in a challenge. */
type Challenger = Pick<Gate, 'realm' | 'metadataUrl' | 'dpop'>

/** The requirements of a route that appear in a challenge. */
type ChallengedRoute = Pick<Guard, 'offeredScopes' | 'dpopMode'>

/**
 * Turns the error that a check has thrown into a decision. An unknown error becomes a 503. It comes
 * from a mistake in this package or in the option `verifier`, and a 401 would make the client throw a
 * good token away.
 *
 * @param headers header fields that every answer must have
 * @internal
 */
export function decisionOf(
  error: unknown,
  challenger: Challenger,
  route: ChallengedRoute,
  request: ResourceRequest,
  headers: AnswerHeaders,
  correlationId: string,
): Challenged | Refused | Unavailable {
  const answer = answerTo(error, challenger, route, request, correlationId)
  return { ...answer, headers: mergeHeaders(headers, answer.headers) }
}

function answerTo(
  error: unknown,
  challenger: Challenger,
  route: ChallengedRoute,
  request: ResourceRequest,
  correlationId: string,
): Challenged | Refused | Unavailable {
  // The caller has left, so nobody reads this answer. It only keeps the event from looking like a
  // failure of the verifier.
  if (request.signal?.aborted) {
    return unavailable(new UnavailableError('request_aborted', 'the caller left'), correlationId)
  }
  if (error instanceof RequestRefusedError) {
    const answer = refused(error, correlationId)
    return { ...answer, detail: withoutToken(error.message, presentedIn(request)) }
  }
  try {
    const failure = redacted(error, presentedIn(request))
    return failure instanceof ChallengeError
      ? challenged(challenger, failure, route, presentedScheme(request), correlationId)
      : unavailable(failure, correlationId)
  } catch (cause) {
    // challenge() threw because a scope is malformed, or redacted() could not read the headers.
    const detail =
      error instanceof ChallengeError
        ? 'the verifier asked for a scope that is not a valid scope-token (RFC 6749 §3.3)'
        : `the request cannot be read (${nameOf(cause)}): it must have method, url and headers; was an \`await\` forgotten?`
    const failure = new UnavailableError('verifier_failed', detail)
    return unavailable(failure, correlationId)
  }
}

function challenged(
  challenger: Challenger,
  failure: ChallengeError,
  route: ChallengedRoute,
  used: AuthenticationScheme | undefined,
  correlationId: string,
): Challenged {
  const body: OAuthErrorBody = {
    ...(failure.code === undefined ? {} : { error: failure.code }),
    error_description: describeChallenge(failure),
    correlation_id: correlationId,
  }
  const nonce = route.dpopMode === 'off' ? NO_HEADERS : challenger.dpop.challengeHeaders(failure)
  const added = ['WWW-Authenticate', ...Object.keys(nonce)]
  return {
    outcome: 'challenged',
    status: failure.status,
    headers: {
      'WWW-Authenticate': challengesFor(challenger, failure, route, used).join(', '),
      ...nonce,
      // Without this field, scripts in browsers cannot read the challenge (RFC9728-6).
      'Access-Control-Expose-Headers': added.join(', '),
      ...JSON_HEADERS,
    },
    body,
    reason: failure.reason,
    detail: failure.message,
    nearMiss: failure.nearMiss,
    requiredScopes: failure.requiredScopes,
    correlationId,
  }
}

/**
 * Makes one challenge for each accepted scheme. Only the challenge of the scheme that the caller used
 * has an error (RFC 9449 §7.2). `Bearer` comes first, because some clients read only the first challenge.
 */
function challengesFor(
  { realm, metadataUrl, dpop }: Challenger,
  { code, reason, requiredScopes }: ChallengeError,
  { offeredScopes, dpopMode }: ChallengedRoute,
  used: AuthenticationScheme | undefined,
): readonly string[] {
  // A client that is offered Bearer would come back with another bearer token.
  const schemes = SCHEMES[reason === 'dpop_required' ? 'required' : dpopMode]
  return schemes.map((scheme) => {
    const error = scheme === (used ?? schemes[0]) ? code : undefined
    return challenge({
      scheme,
      realm,
      error,
      errorDescription: error && DESCRIPTIONS[error],
      scope: requiredScopes ?? offeredScopes,
      resourceMetadata: metadataUrl,
      algs: scheme === 'DPoP' ? dpop.algorithms : undefined,
    })
  })
}

function describeChallenge({ code, reason }: ChallengeError): string {
  if (code !== undefined) return DESCRIPTIONS[code]
  return reason === 'dpop_required'
    ? 'An access token that is bound to a DPoP key is needed.'
    : 'An access token is needed.'
}

function descriptionOf({ reason }: UnavailableError): string {
  return OUTAGES[reason] ?? CANNOT_CHECK
}

/** Makes the decision for a request that could not be checked. @internal */
export function unavailable(failure: UnavailableError, correlationId: string): Unavailable {
  return {
    outcome: 'unavailable',
    status: 503,
    headers: {
      'Retry-After': String(failure.retryAfter),
      'Access-Control-Expose-Headers': 'Retry-After',
      ...JSON_HEADERS,
    },
    body: {
      error: 'temporarily_unavailable',
      error_description: descriptionOf(failure),
      correlation_id: correlationId,
    },
    reason: failure.reason,
    detail: failure.message,
    correlationId,
  }
}

function refused(failure: RequestRefusedError, correlationId: string): Refused {
  const { status, rpcCode: code, id, reason, message, absence } = failure
  const error = absence ?? {
    message: REFUSALS[reason],
    data: { correlation_id: correlationId },
  }
  return {
    outcome: 'refused',
    status,
    headers: JSON_HEADERS,
    body: {
      jsonrpc: '2.0',
      id,
      error: {
        code,
        message: error.message,
        ...(error.data === undefined ? {} : { data: error.data }),
      },
    },
    reason,
    detail: message,
    correlationId,
  }
}

/**
 * Turns a failure into a JSON-RPC error, for a message inside the MCP server, where no HTTP status can
 * be sent. If neither JSON-RPC nor MCP defines a code for the failure, the code is the HTTP status
 * (MCP-24).
 *
 * @internal
 */
export function toJsonRpcError(failure: Failure, correlationId: string): JsonRpcError {
  const data = { correlation_id: correlationId }
  if (failure instanceof RequestRefusedError) {
    return { code: failure.rpcCode, message: REFUSALS[failure.reason], data }
  }
  if (failure instanceof UnavailableError) {
    return { code: failure.status, message: descriptionOf(failure), data }
  }
  return { code: failure.status, message: describeChallenge(failure), data }
}
