import { challenge } from './challenge/www-authenticate.ts'
import type { Challenged, RefusalBody, Refused, Unavailable } from './decision.ts'
import type {
  ChallengeError,
  ChallengeErrorCode,
  RequestRefusalReason,
  RequestRefusedError,
  UnavailableError,
} from './errors.ts'

/** What a client is told: no more than the RFC's code says already (S1.13). */
const DESCRIPTIONS: Readonly<Record<ChallengeErrorCode, string>> = {
  invalid_request: 'The Authorization header is malformed.',
  invalid_token: 'The access token is not valid for this server.',
  insufficient_scope: 'The access token lacks a scope that this request needs.',
}

/** The same for what is no OAuth answer. */
const REFUSALS: Readonly<Record<RequestRefusalReason, string>> = {
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
  const description = failure.error === undefined ? undefined : DESCRIPTIONS[failure.error]
  const body: RefusalBody = {
    ...(failure.error === undefined ? {} : { error: failure.error }),
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
        error: failure.error,
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
      error_description:
        failure.reason === 'policy_failed'
          ? 'The request cannot be judged right now.'
          : 'The access token cannot be checked right now.',
      correlation_id: correlationId,
    },
    reason: failure.reason,
    detail: failure.message,
    correlationId,
  }
}

/** @internal */
export function refused(failure: RequestRefusedError, correlationId: string): Refused {
  const { status, code, id, reason, message } = failure
  return {
    outcome: 'refused',
    status,
    headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
    body: {
      jsonrpc: '2.0',
      id,
      error: { code, message: REFUSALS[reason], data: { correlation_id: correlationId } },
    },
    reason,
    detail: message,
    correlationId,
  }
}
