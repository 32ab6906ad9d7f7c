import { randomUUID } from 'node:crypto'
import { headerValues, parseAuthorization } from './challenge/credentials.ts'
import { challenge } from './challenge/www-authenticate.ts'
import type { Challenged, Decision, RefusalBody, Unavailable } from './decision.ts'
import { ChallengeError, type ChallengeErrorCode, UnavailableError } from './errors.ts'
import type { ResourceRequest } from './request.ts'
import { leaveOnAbort } from './storage/single-flight.ts'
import type { DecisionEvent } from './telemetry/events.ts'
import { decisionsObserved, outboundObserved, publishDecision } from './telemetry/publish.ts'
import { requirePresentable } from './token/rules.ts'
import { requireScopes, requireScopeTokens } from './token/scope.ts'
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
  try {
    requireScopeTokens(scopes)
    const values = headerValues(request.headers, 'authorization')
    const credentials = parseAuthorization(values, gate.maxTokenLength)
    const work = authorize(gate, credentials.token, scopes, context)
    // Also where a verifier or revocation check of somebody else's making does not listen.
    const token = await (request.signal === undefined ? work : leaveOnAbort(work, request.signal))
    decision = { outcome: 'allowed', token, headers: {}, correlationId: context.correlationId }
  } catch (error) {
    decision = refusal(gate, request, error, scopes, context.correlationId ?? newId(gate))
  }
  if (started !== undefined) {
    publish(gate, request, { status: 200, ...decision }, context, started)
  }
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
  requirePresentable(token, gate.maxTokenLength)
  let verified: VerifiedToken
  try {
    verified = await gate.verifier.verify(token, context)
  } catch (error) {
    throw redacted(error, token)
  }
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
  if (revoked === false) return
  if (revoked === true) throw new ChallengeError('token_revoked', 'the token has been revoked')
  // Neither a "yes" nor a "no": a mistake of ours must not throw good tokens away.
  throw new UnavailableError('revocation_check_failed', 'revocation: not true or false')
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

function refusal(
  gate: Gate,
  request: ResourceRequest,
  error: unknown,
  scopes: readonly string[],
  correlationId: string,
): Challenged | Unavailable {
  // Nobody is there to read the answer; the event is not to look like an outage.
  if (request.signal?.aborted) {
    return unavailable(new UnavailableError('request_aborted', 'the caller left'), correlationId)
  }
  try {
    const failure = redacted(error, '')
    return failure instanceof ChallengeError
      ? challenged(gate, failure, scopes, correlationId)
      : unavailable(failure, correlationId)
  } catch {
    // A verifier of somebody else's making may ask for scopes that are none.
    const failure = new UnavailableError(
      'verifier_failed',
      'no challenge can be made of the scopes',
    )
    return unavailable(failure, correlationId)
  }
}

/**
 * An error of the two families, without any longer piece of the token. What a verifier of somebody
 * else's making throws may quote it.
 */
function redacted(error: unknown, token: string): ChallengeError | UnavailableError {
  const ours = error instanceof ChallengeError || error instanceof UnavailableError
  const told = error instanceof Error ? error.message : 'not an Error'
  const message = (ours ? told : `${nameOf(error)}: ${told}`).replace(
    /[A-Za-z0-9\-_~+/=]{12,}/g,
    (run) => (token.includes(run) ? '[token]' : run),
  )
  if (!ours) return new UnavailableError('verifier_failed', message)
  if (error.message === message) return error
  return error instanceof ChallengeError
    ? new ChallengeError(error.reason, message, error.requiredScopes)
    : new UnavailableError(error.reason, message, { retryAfter: error.retryAfter })
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

/** Somebody's own way of making ids must not decide about requests. */
function newId({ correlationId }: Gate): string {
  try {
    const id: unknown = correlationId?.()
    if (typeof id === 'string') return id
  } catch {}
  return randomUUID()
}

/**
 * {@link authorize} for a token that came without its request: the same events, so that operators
 * learn the reason on this way too.
 *
 * @throws {ChallengeError} @throws {UnavailableError}
 * @internal
 */
export function authorizeAlone(
  gate: Gate,
  token: string,
  scopes: readonly string[],
  context: VerificationContext | undefined,
): Promise<VerifiedToken> {
  return decisionsObserved() || outboundObserved()
    ? authorizeObserved(gate, token, scopes, context ?? {})
    : authorize(gate, token, scopes, context)
}

async function authorizeObserved(
  gate: Gate,
  token: string,
  scopes: readonly string[],
  context: VerificationContext,
): Promise<VerifiedToken> {
  const started = performance.now()
  const { correlationId = newId(gate) } = context
  const observed = { ...context, correlationId, observed: {} }
  try {
    const verified = await authorize(gate, token, scopes, observed)
    publish(
      gate,
      undefined,
      { outcome: 'allowed', status: 200, token: verified },
      observed,
      started,
    )
    return verified
  } catch (error) {
    const { reason, status, message } = redacted(error, token)
    const outcome = status === 503 ? 'unavailable' : 'challenged'
    publish(gate, undefined, { outcome, status, reason, detail: message }, observed, started)
    throw error
  }
}

/** What of a decision an event tells. */
type Told = Pick<DecisionEvent, 'outcome' | 'status'> &
  Partial<Pick<DecisionEvent, 'reason' | 'detail'>> & { readonly token?: VerifiedToken }

function publish(
  gate: Gate,
  request: ResourceRequest | undefined,
  told: Told,
  context: VerificationContext,
  started: number,
): void {
  publishDecision({
    outcome: told.outcome,
    status: told.status,
    reason: told.reason,
    detail: told.detail,
    correlationId: context.correlationId ?? '',
    method: request?.method,
    resource: gate.resource,
    issuer: told.token?.issuer,
    subject: told.token?.subject,
    clientId: told.token?.clientId,
    cache: context.observed?.cache,
    duration: performance.now() - started,
  })
}
