// More than 300 lines: the whole way of a request stands in one file, to be read from top to bottom.
import { randomUUID } from 'node:crypto'
import { ChallengeError, RequestRefusedError, UnavailableError } from '../errors.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { Call } from '../mcp/messages.ts'
import { namesModernRevision } from '../mcp/mirrored-headers.ts'
import { type CheckedRequest, checkRequest } from '../mcp/policy/check-request.ts'
import type { CompiledPolicy } from '../mcp/policy/compiled-policy.ts'
import { describeOperation } from '../mcp/policy/operation.ts'
import type { Sessions } from '../mcp/sessions.ts'
import { quoted } from '../quoted.ts'
import { redacted, withoutToken } from '../redaction.ts'
import type { Clock } from '../storage/clock.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import type { DecisionEvent } from '../telemetry/events.ts'
import { publishDecision } from '../telemetry/publish.ts'
import {
  type CurrentRequest,
  type RequestTrace,
  requestsObserved,
  traceRequest,
  withinRequest,
} from '../telemetry/traces.ts'
import { PresentedToken } from '../token/presented-token.ts'
import { assertScopeTokens, canBeAsked, hintAtScopes } from '../token/scope.ts'
import type { ExpandScopes } from '../token/scope-hierarchy.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { VerificationContext } from '../verification/token-verifier.ts'
import { type Challenger, challenged, refused, unavailable } from './answer.ts'
import { parseAuthorization } from './credentials.ts'
import type { Origins } from './cross-origin.ts'
import type {
  Allowed,
  AnswerHeaders,
  Challenged,
  Decision,
  Refused,
  Unavailable,
} from './decision.ts'
import { type TokenGate, verifyToken } from './verify-token.ts'

/** What {@link authenticate} needs to know of the resource server. @internal */
export interface Gate extends Challenger, TokenGate {
  readonly resource: string
  readonly scopes: readonly string[]
  /** Scopes that a 401 challenge names, beside those that the request needs. */
  readonly initialScopes: readonly string[]
  /** What scopes amount to, wider ones counted for those they include. */
  readonly expandScopes: ExpandScopes
  /** The claims that hold the scopes in tokens of the same issuer. */
  readonly scopeClaimsOf: (token: VerifiedToken) => readonly string[]
  /** Whether a challenge repeats what the token has already. */
  readonly repeatGranted: boolean
  readonly correlationId: (() => string) | undefined
  readonly origins: Origins
  readonly policy: CompiledPolicy | undefined
  /** `none`: there are none; `unchecked`: the MCP server binds them itself. */
  readonly sessions: Sessions | 'none' | 'unchecked'
  /** Seconds past a token's expiry for which its streams go on; `false`: as long as they like. */
  readonly streamGrace: number | false
  readonly clock: Clock
}

/** What one request needs, known before it is looked at. @internal */
export interface Required {
  readonly scopes: readonly string[]
  /** Whether the policy of operations applies. */
  readonly policy: boolean
}

/** What became known of a request on its way, for its event. */
interface Seen {
  token?: VerifiedToken
  calls?: readonly Call[] | undefined
}

/** Headers that mean nothing from revision 2026-07-28 on (MCP-20), so no handler is to see them. */
const SESSION_HEADERS = ['mcp-session-id', 'last-event-id'] as const

const NOTHING: readonly never[] = []

/**
 * The way of a request, the only one: origin, credentials, verification, revocation, session,
 * operation, scopes. It never throws: whatever fails becomes a decision, and what nobody foresaw is
 * our fault, so 503.
 *
 * @internal
 */
export async function authenticate(
  gate: Gate,
  request: ResourceRequest,
  required: Required,
): Promise<Decision> {
  if (!requestsObserved()) return decide(gate, request, required, undefined, {})
  const current: CurrentRequest = { correlationId: newId(gate) }
  const trace = { ...current, resource: gate.resource, method: request.method }
  const started = performance.now()
  const seen: Seen = {}
  return withinRequest(current, () =>
    traceRequest(trace, async () => {
      const decision = await decide(gate, request, required, current.correlationId, seen)
      if (decision.outcome !== 'preflight') {
        publish(gate, request, { status: 200, ...decision }, trace, current, started, seen)
      }
      return decision
    }),
  )
}

async function decide(
  gate: Gate,
  request: ResourceRequest,
  required: Required,
  correlationId: string | undefined,
  seen: Seen,
): Promise<Decision> {
  let headers: AnswerHeaders | undefined
  try {
    const origin = gate.origins.check(request)
    if (origin.preflight !== undefined) {
      return { outcome: 'preflight', status: 204, headers: origin.preflight }
    }
    headers = origin.headers
    assertScopeTokens(required.scopes)
    const values = headerValues(request.headers, 'authorization')
    const credentials = parseAuthorization(values, gate.maxTokenLength)
    const presented = new PresentedToken(credentials.token)
    const work = authorizeRequest(gate, request, presented, required, seen)
    // Also where a verifier or revocation check of somebody else's making does not listen.
    const allowed = await (request.signal === undefined ? work : leaveOnAbort(work, request.signal))
    return { ...allowed, headers, correlationId }
  } catch (error) {
    // A 401 challenge names the initial scopes too, so that clients ask for them at once (MCP-8).
    const offered = [...new Set([...required.scopes, ...gate.initialScopes])]
    const refused = refusal(gate, request, error, offered, correlationId ?? newId(gate))
    return { ...refused, headers: { ...headers, ...refused.headers } }
  }
}

/** Everything that is judged once a request has shown a token. */
async function authorizeRequest(
  gate: Gate,
  request: ResourceRequest,
  presented: PresentedToken,
  required: Required,
  seen: Seen,
): Promise<Omit<Allowed, 'headers' | 'correlationId'>> {
  const token = await verifyToken(gate, presented, { signal: request.signal })
  seen.token = token
  const { sessions } = gate
  // On GET and DELETE sessions always count: 2026-07-28 knows neither.
  const sessionless =
    request.headersStay !== true &&
    (sessions === 'none' || (request.method === 'POST' && namesModernRevision(request.headers)))
  const session =
    sessionless || typeof sessions === 'string' ? undefined : sessions.check(request.headers, token)
  // Awaited only if it is a promise, which the store in memory does not give.
  const sessionId = session instanceof Promise ? await session : session
  const demand =
    gate.policy !== undefined && required.policy
      ? await checkRequest(gate.policy, request, token, seen)
      : undefined
  requireAll(gate, token, required.scopes, demand)
  return {
    outcome: 'allowed',
    token,
    withheld: sessionless ? SESSION_HEADERS : NOTHING,
    streamEndsIn:
      gate.streamGrace === false
        ? undefined
        : token.expiresAt + gate.streamGrace - gate.clock() / 1000,
    message: demand?.message,
    sessionId,
  }
}

/**
 * The scopes of the operations are demanded together with those of every request, so that one
 * challenge names them all (MCP-10).
 *
 * @throws {ChallengeError} `scope_missing`
 */
function requireAll(
  gate: Gate,
  token: VerifiedToken,
  scopes: readonly string[],
  demand: CheckedRequest | undefined,
): void {
  const granted = gate.expandScopes(token.scopes)
  const lacked = scopes.find((scope) => !granted.includes(scope))
  if (lacked === undefined && demand?.lacking === undefined) return
  const named = new Set([...scopes, ...(demand?.scopes ?? [])])
  if (gate.repeatGranted) for (const scope of token.scopes.filter(canBeAsked)) named.add(scope)
  const missing = demand?.scopes.filter((scope) => !granted.includes(scope)) ?? []
  const what =
    lacked === undefined
      ? `${demand?.lacking}; it lacks ${missing.map(quoted).join(' and ')}`
      : `every request needs ${quoted(lacked)}`
  const detail = `the token has too few scopes: ${what}${hintAtScopes(token, gate.scopeClaimsOf(token))}`
  throw new ChallengeError('scope_missing', detail, [...named])
}

function refusal(
  gate: Gate,
  request: ResourceRequest,
  error: unknown,
  scopes: readonly string[],
  correlationId: string,
): Challenged | Refused | Unavailable {
  // Nobody is there to read the answer; the event is not to look like an outage.
  if (request.signal?.aborted) {
    return unavailable(new UnavailableError('request_aborted', 'the caller left'), correlationId)
  }
  if (error instanceof RequestRefusedError) {
    const answer = refused(error, correlationId)
    return { ...answer, detail: withoutToken(error.message, presented(request)) }
  }
  try {
    const failure = redacted(error, presented(request))
    return failure instanceof ChallengeError
      ? challenged(gate, failure, scopes, correlationId)
      : unavailable(failure, correlationId)
  } catch {
    // A verifier of somebody else's making may ask for scopes that are none.
    const failure = new UnavailableError(
      'verifier_failed',
      'the verifier asked for a scope that is not a valid scope-token (RFC 6749 §3.3)',
    )
    return unavailable(failure, correlationId)
  }
}

/** The context of a token that came without its request. */
export interface VerifyContext extends VerificationContext {
  /** The id for the events of this verification; default a new one. */
  readonly correlationId?: string | undefined
}

/** What a request shows in place of a token, good or not: a caller may repeat it elsewhere. */
function presented({ headers }: ResourceRequest): string {
  return headerValues(headers, 'authorization').join(' ')
}

/** Makes a correlation id. Where the option `correlationId` fails, a random one: no request fails by it. @internal */
export function newId({ correlationId }: Pick<Gate, 'correlationId'>): string {
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
  context: VerifyContext | undefined,
): Promise<VerifiedToken> {
  return requestsObserved()
    ? authorizeObserved(gate, token, scopes, context ?? {})
    : authorize(gate, token, scopes, context)
}

async function authorize(
  gate: Gate,
  token: string,
  scopes: readonly string[],
  context: VerificationContext | undefined,
): Promise<VerifiedToken> {
  const verified = await verifyToken(gate, token, context)
  requireAll(gate, verified, scopes, undefined)
  return verified
}

async function authorizeObserved(
  gate: Gate,
  token: string,
  scopes: readonly string[],
  context: VerifyContext,
): Promise<VerifiedToken> {
  const started = performance.now()
  const current: CurrentRequest = { correlationId: context.correlationId ?? newId(gate) }
  const trace = { ...current, resource: gate.resource, method: undefined }
  return withinRequest(current, () =>
    traceRequest(trace, async () => {
      try {
        const verified = await authorize(gate, token, scopes, context)
        const told = { outcome: 'allowed', status: 200 } as const
        publish(gate, undefined, told, trace, current, started, { token: verified })
        return verified
      } catch (error) {
        const { reason, status, message } = redacted(error, token)
        const outcome = status === 503 ? 'unavailable' : 'challenged'
        const told = { outcome, status, reason, detail: message } as const
        publish(gate, undefined, told, trace, current, started, {})
        throw error
      }
    }),
  )
}

/** Operations of a batch that an event tells. */
const MOST_TOLD = 20

/** What of a decision an event tells. */
type Told = Pick<DecisionEvent, 'outcome' | 'status'> &
  Partial<Pick<DecisionEvent, 'reason' | 'detail' | 'requiredScopes'>>

function publish(
  gate: Gate,
  request: ResourceRequest | undefined,
  told: Told,
  trace: RequestTrace,
  current: CurrentRequest,
  started: number,
  { token, calls }: Seen,
): void {
  trace.decision = {
    outcome: told.outcome,
    status: told.status,
    reason: told.reason,
    detail: told.detail,
    correlationId: current.correlationId,
    method: request?.method,
    operations:
      request === undefined || calls === undefined
        ? undefined
        : calls
            .slice(0, MOST_TOLD)
            .map((call) => withoutToken(describeOperation(call), presented(request))),
    resource: gate.resource,
    issuer: token?.issuer,
    subject: token?.subject,
    clientId: token?.clientId,
    requiredScopes: told.requiredScopes,
    grantedScopes: token?.scopes,
    cache: current.cache,
    duration: performance.now() - started,
  }
  publishDecision(trace.decision)
}
