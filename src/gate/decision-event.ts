import { ChallengeError } from '../errors/challenge-error.ts'
import type { Call } from '../mcp/messages.ts'
import { describeOperation } from '../mcp/policy/operation.ts'
import { traceCarrierOf } from '../mcp/trace-carrier.ts'
import { describeCall } from '../mcp/traced-call.ts'
import { mayQuoteToken, redacted, withoutToken } from '../redaction.ts'
import type { Possession } from '../sender-constraint/possession.ts'
import { type CurrentRequest, withinRequest } from '../telemetry/current-request.ts'
import type { DecisionEvent } from '../telemetry/events.ts'
import { publishDecision } from '../telemetry/publish.ts'
import { traceRequest } from '../telemetry/run-traces.ts'
import { noteInTrace, type RequestTrace } from '../telemetry/traces.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { createCorrelationId } from './correlation-id.ts'
import type { Decision } from './decision.ts'
import { type Failure, outcomeOf } from './failure.ts'
import type { Gate } from './gate.ts'

/**
 * What the checks have found out about a request so far. The event and the answer of the request use
 * it.
 *
 * @internal
 */
export interface Findings {
  /**
   * Set when somebody subscribes to events. Otherwise only a refusal needs an id, and the id is made
   * then.
   */
  readonly correlationId?: string | undefined
  token?: VerifiedToken | undefined
  possession?: Possession | undefined
  calls?: readonly Call[] | undefined
  /** The token as the caller sent it. A refusal may be part of a loop. */
  presented?: PresentedToken | undefined
}

/** What is known of a request before its checks. All members exist, so that adding facts is cheap. @internal */
export const NOTHING_FOUND: Findings = {
  correlationId: undefined,
  token: undefined,
  possession: undefined,
  calls: undefined,
  presented: undefined,
}

/** The part of an event that describes the decision. @internal */
export type Decided = Pick<DecisionEvent, 'outcome' | 'status'> &
  Partial<Pick<DecisionEvent, 'reason' | 'detail' | 'nearMiss' | 'requiredScopes'>>

/** The request that an event is about. */
interface About {
  /** The HTTP method; `undefined` when a token is checked without a request. */
  readonly method: string | undefined
  /**
   * Returns the token or `Authorization` header that the caller sent, well-formed or not. No event may
   * contain it.
   */
  presented(): string
  readonly correlationId?: string | undefined
}

/** The largest number of operations that an event names. */
const MOST_NAMED = 20

/**
 * Runs the checks of a request inside its trace, and publishes their result.
 *
 * @param toDecided turns the result into the decision for the event; `undefined` publishes no event
 * @internal
 */
export function observe<T>(
  gate: Gate,
  about: About,
  check: (findings: Findings) => Promise<T>,
  toDecided: (result: T) => Decided | undefined,
): Promise<T> {
  const { correlationId = createCorrelationId(gate) } = about
  const method = methodOf(about)
  const started = performance.now()
  const current: CurrentRequest = { correlationId }
  const trace: RequestTrace = { correlationId, resource: gate.resource, method }
  const findings: Findings = { ...NOTHING_FOUND, correlationId }
  const publish = (decided: Decided): void => {
    const { token, possession, calls } = findings
    const [call] = calls?.length === 1 ? calls : []
    if (call !== undefined) {
      noteInTrace(trace, { call: describeCall(call, about.presented()) })
      // A caller without a good token has no influence on the traces of this server.
      const carrier = token && traceCarrierOf(call.params?._meta, about.presented())
      if (carrier !== undefined) current.carrier = carrier
    }
    const decision = createDecisionEvent(decided, {
      correlationId,
      resource: gate.resource,
      method,
      operations: calls?.slice(0, MOST_NAMED).map((call) => describe(call, about.presented())),
      token,
      possession: possession?.proofs,
      cache: current.cache,
      duration: performance.now() - started,
    })
    noteInTrace(trace, { decision })
    publishDecision(decision)
  }
  return withinRequest(current, () =>
    traceRequest(trace, current, async () => {
      let result: T
      try {
        result = await check(findings)
      } catch (error) {
        const presented = about.presented()
        publish(refusalOf(redacted(error, presented), presented))
        throw error
      }
      const decided = toDecided(result)
      if (decided !== undefined) publish(decided)
      return result
    }),
  )
}

/** Returns the HTTP method of a request. Callers choose it, so a long one may be a piece of the token. */
function methodOf({ method, presented }: About): string | undefined {
  if (method === undefined || !mayQuoteToken(method)) return method
  return withoutToken(method, presented())
}

/**
 * Describes a decision for its event. A preflight has no event, because the browser sends the real
 * request after it.
 *
 * @internal
 */
export function eventOf(decision: Decision): Decided | undefined {
  if (decision.outcome === 'preflight') return undefined
  return decision.outcome === 'allowed' ? { outcome: 'allowed', status: 200 } : decision
}

/** Describes a failure for its event. Pieces of the token are removed. @internal */
export function refusalOf(failure: Failure, presented: string): Decided {
  return {
    outcome: outcomeOf(failure),
    status: failure.status,
    reason: failure.reason,
    detail: withoutToken(failure.message, presented),
    nearMiss: failure instanceof ChallengeError ? failure.nearMiss : undefined,
    requiredScopes: failure instanceof ChallengeError ? failure.requiredScopes : undefined,
  }
}

/** Describes an operation for the operator. Pieces of the token are removed. @internal */
export function describe(
  operation: Parameters<typeof describeOperation>[0],
  presented: string,
): string {
  return withoutToken(describeOperation(operation), presented)
}

/** The part of an event that describes the request. */
interface Circumstances
  extends Pick<
    DecisionEvent,
    'correlationId' | 'resource' | 'method' | 'operations' | 'possession' | 'cache' | 'duration'
  > {
  readonly token: VerifiedToken | undefined
}

/** @internal */
export function createDecisionEvent(
  { outcome, status, reason, detail, nearMiss, requiredScopes }: Decided,
  { token, ...circumstances }: Circumstances,
): DecisionEvent {
  return {
    outcome,
    status,
    reason,
    detail,
    nearMiss,
    ...circumstances,
    issuer: token?.issuer,
    subject: token?.subject,
    clientId: token?.clientId,
    requiredScopes,
    grantedScopes: token?.scopes,
  }
}
