import {
  type ChallengeError,
  type ChallengeErrorCode,
  type RefusalReason,
  RequestRefusedError,
  UnavailableError,
  type UnavailableReason,
} from '../errors.ts'
import { challenge } from './challenge.ts'
import type { Challenged, JsonRpcError, OAuthErrorBody, Refused, Unavailable } from './decision.ts'

/** What a client is told: no more than the RFC's code says already (S1.13). */
const DESCRIPTIONS: Readonly<Record<ChallengeErrorCode, string>> = {
  invalid_request: 'The Authorization header is malformed.',
  invalid_token: 'The access token is not valid for this server.',
  insufficient_scope: 'The access token lacks a scope that this request needs.',
}

/** The same for what is no OAuth answer. */
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

/** What the two answers below need to know of the resource server. @internal */
export interface Challenger {
  readonly realm: string | undefined
  readonly metadataUrl: string
}

/** @internal */
export function challenged(
  { realm, metadataUrl }: Challenger,
  failure: ChallengeError,
  scopes: readonly string[],
  correlationId: string,
): Challenged {
  const description = failure.code === undefined ? undefined : DESCRIPTIONS[failure.code]
  const body: OAuthErrorBody = {
    ...(failure.code === undefined ? {} : { error: failure.code }),
    error_description: description ?? 'An access token is needed.',
    correlation_id: correlationId,
  }
  return {
    outcome: 'challenged',
    status: failure.status,
    headers: {
      'WWW-Authenticate': challenge({
        scheme: 'Bearer',
        realm,
        error: failure.code,
        errorDescription: description,
        scope: failure.requiredScopes ?? scopes,
        resourceMetadata: metadataUrl,
      }),
      // Without it a script in a browser cannot read the challenge (RFC9728-6).
      'Access-Control-Expose-Headers': 'WWW-Authenticate',
      'Cache-Control': 'no-store',
      'Content-Type': 'application/json',
    },
    body,
    reason: failure.reason,
    detail: failure.message,
    requiredScopes: failure.requiredScopes,
    correlationId,
  }
}

/** What a client is told where nothing else fits: {@link UNAVAILABLE}. */
const CANNOT_CHECK = 'The access token cannot be checked right now.'

const UNAVAILABLE: Partial<Record<UnavailableReason, string>> = {
  policy_failed: 'The request cannot be judged right now.',
  gate_missing: 'The request reached the MCP server without a verified access token.',
}

function descriptionOf({ reason }: UnavailableError): string {
  return UNAVAILABLE[reason] ?? CANNOT_CHECK
}

/** @internal */
export function unavailable(failure: UnavailableError, correlationId: string): Unavailable {
  return {
    outcome: 'unavailable',
    status: 503,
    headers: {
      'Retry-After': String(failure.retryAfter),
      'Access-Control-Expose-Headers': 'Retry-After',
      'Cache-Control': 'no-store',
      'Content-Type': 'application/json',
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

/** @internal */
export function refused(failure: RequestRefusedError, correlationId: string): Refused {
  const { status, rpcCode: code, id, reason, message, absence } = failure
  const error = absence ?? {
    message: REFUSALS[reason],
    data: { correlation_id: correlationId },
  }
  return {
    outcome: 'refused',
    status,
    headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
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
 * A refusal for where there is no HTTP answer any more: an error of JSON-RPC, with the HTTP status as
 * its code where no other is defined (MCP-24).
 *
 * @internal
 */
export function toJsonRpcError(
  failure: ChallengeError | RequestRefusedError | UnavailableError,
  correlationId: string,
): JsonRpcError {
  const data = { correlation_id: correlationId }
  if (failure instanceof RequestRefusedError) {
    return { code: failure.rpcCode, message: REFUSALS[failure.reason], data }
  }
  if (failure instanceof UnavailableError) {
    return { code: failure.status, message: descriptionOf(failure), data }
  }
  const message = DESCRIPTIONS[failure.code ?? 'invalid_token']
  return { code: failure.status, message, data }
}
