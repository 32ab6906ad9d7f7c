import { randomUUID } from 'node:crypto'
import { headerValues, parseAuthorization } from './challenge/credentials.ts'
import { challenge } from './challenge/www-authenticate.ts'
import type { Challenged, Decision, RefusalBody, Unavailable } from './decision.ts'
import { ChallengeError, type ChallengeErrorCode, UnavailableError } from './errors.ts'
import type { ResourceRequest } from './request.ts'
import { decisionsObserved, outboundObserved, publishDecision } from './telemetry/publish.ts'
import { requireScopes } from './token/scope.ts'
import type { VerifiedToken } from './token/verified-token.ts'
import type { TokenVerifier, VerificationContext } from './verifiers/token-verifier.ts'

/** What {@link authenticate} needs to know of the resource server. @internal */
export interface Gate {
  readonly resource: string
  readonly metadataUrl: string
  readonly realm: string | undefined
  readonly scopes: readonly string[]
  readonly maxTokenLength: number
  readonly verifier: TokenVerifier
  readonly revocation: ((token: VerifiedToken) => boolean | Promise<boolean>) | undefined
  readonly correlationId: (() => string) | undefined
}

/** What a client is told: no more than the RFC's code says already (S1.13). */
const DESCRIPTIONS: Readonly<Record<ChallengeErrorCode, string>> = {
  invalid_request: 'The Authorization header is malformed.',
  invalid_token: 'The access token is not valid for this server.',
  insufficient_scope: 'The access token lacks a scope that this request needs.',
}

/**
 * The way of a request, the only one: credentials, verification, revocation, scopes. It never
 * throws: whatever fails becomes a decision, and what nobody foresaw is our fault, so 503.
 *
 * @internal
 */
export async function authenticate(
  gate: Gate,
  request: ResourceRequest,
  scopes: readonly string[],
): Promise<Decision> {
  const observed = decisionsObserved() || outboundObserved()
  const started = observed ? performance.now() : undefined
  const context: VerificationContext =
    started === undefined
      ? { signal: request.signal }
      : { signal: request.signal, correlationId: newId(gate), observed: {} }
  let decision: Decision
  let presented: string | undefined
  try {
    presented = parseAuthorization(
      headerValues(request.headers, 'authorization'),
      gate.maxTokenLength,
    ).token
    const token = await authorize(gate, presented, scopes, context)
    decision = { outcome: 'allowed', token, headers: {}, correlationId: context.correlationId }
  } catch (error) {
    const correlationId = context.correlationId ?? newId(gate)
    decision =
      error instanceof ChallengeError
        ? challenged(gate, error, scopes, correlationId)
        : unavailable(asUnavailable(error, presented, request.signal), correlationId)
  }
  if (started !== undefined) publish(gate, request, decision, context, started)
  return decision
}

/**
 * Everything that is judged of a token at every request.
 *
 * @throws {ChallengeError} @throws {UnavailableError}
 * @internal
 */
export async function authorize(
  gate: Gate,
  token: string,
  scopes: readonly string[],
  context: VerificationContext | undefined,
): Promise<VerifiedToken> {
  const verified = await gate.verifier.verify(token, context)
  if (gate.revocation !== undefined) await requireUnrevoked(verified, gate.revocation)
  requireScopes(verified.scopes, scopes)
  return verified
}

async function requireUnrevoked(
  token: VerifiedToken,
  isRevoked: (token: VerifiedToken) => boolean | Promise<boolean>,
): Promise<void> {
  let revoked: boolean
  try {
    revoked = await isRevoked(token)
  } catch (cause) {
    throw new UnavailableError('revocation_check_failed', `revocation: ${nameOf(cause)}`, { cause })
  }
  // Anything but a plain "no" is not a "no".
  if (revoked !== false) throw new ChallengeError('token_revoked', 'the token has been revoked')
}

function challenged(
  gate: Gate,
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
        realm: gate.realm,
        error: failure.error,
        errorDescription: description,
        scope: failure.requiredScopes ?? scopes,
        resourceMetadata: gate.metadataUrl,
      }),
      // Without it a script in a browser cannot read the challenge (RFC9728-6).
      'Access-Control-Expose-Headers': 'WWW-Authenticate',
      'Cache-Control': 'no-store',
      'Content-Type': 'application/json',
    },
    body,
    reason: failure.reason,
    detail: failure.message,
    correlationId,
  }
}

function unavailable(failure: UnavailableError, correlationId: string): Unavailable {
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
      error_description: 'The access token cannot be checked right now.',
      correlation_id: correlationId,
    },
    reason: failure.reason,
    detail: failure.message,
    correlationId,
  }
}

/** What a verifier of somebody else's making threw may quote the token: it is cut out. */
function asUnavailable(
  error: unknown,
  presented: string | undefined,
  signal: AbortSignal | undefined,
): UnavailableError {
  if (error instanceof UnavailableError) return error
  // Nobody is there to read the answer; the event is not to look like an outage.
  if (signal?.aborted) return new UnavailableError('request_aborted', 'the caller has left')
  const text = error instanceof Error ? `${error.name}: ${error.message}` : nameOf(error)
  const detail = presented === undefined ? text : text.replaceAll(presented, '[token]')
  return new UnavailableError('verifier_failed', detail)
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

function newId(gate: Gate): string {
  return gate.correlationId?.() ?? randomUUID()
}

function publish(
  gate: Gate,
  request: ResourceRequest,
  decision: Decision,
  context: VerificationContext,
  started: number,
): void {
  const allowed = decision.outcome === 'allowed' ? decision : undefined
  const refused = decision.outcome === 'allowed' ? undefined : decision
  publishDecision({
    outcome: decision.outcome,
    status: refused?.status ?? 200,
    reason: refused?.reason,
    detail: refused?.detail,
    correlationId: context.correlationId ?? '',
    method: request.method,
    resource: gate.resource,
    issuer: allowed?.token.issuer,
    subject: allowed?.token.subject,
    clientId: allowed?.token.clientId,
    cache: context.observed?.cache,
    duration: performance.now() - started,
  })
}
