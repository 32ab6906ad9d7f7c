import { ChallengeError } from '../errors.ts'
import type { Call } from '../mcp/messages.ts'
import { describeOperation } from '../mcp/policy/operation.ts'
import { redacted, withoutToken } from '../redaction.ts'
import type { DecisionEvent } from '../telemetry/events.ts'
import { publishDecision } from '../telemetry/publish.ts'
import {
  type CurrentRequest,
  type RequestTrace,
  traceRequest,
  withinRequest,
} from '../telemetry/traces.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { createCorrelationId } from './correlation-id.ts'
import type { Decision } from './decision.ts'
import { type Failure, outcomeOf } from './failure.ts'
import type { Gate } from './gate.ts'

/** What the checks find out about a request, for its event and its answer. @internal */
export interface Findings {
  /** Set where somebody listens; otherwise only a refusal needs one. */
  readonly correlationId?: string
  token?: VerifiedToken
  calls?: readonly Call[] | undefined
}

/** The part of an event that says what was decided. @internal */
export type Decided = Pick<DecisionEvent, 'outcome' | 'status'> &
  Partial<Pick<DecisionEvent, 'reason' | 'detail' | 'requiredScopes'>>

/** The request that an event is about. */
interface About {
  /** `undefined`: there is a token and no request. */
  readonly method: string | undefined
  /** Reads what was shown in place of a token, good or not. No event may repeat it. */
  presented(): string
  readonly correlationId?: string | undefined
}

/** Most operations of a batch that an event names. */
const MOST_NAMED = 20

/**
 * Runs the checks of a request inside its trace, and publishes their result.
 *
 * @param toDecided reads what was decided; `undefined`: there is nothing to publish
 * @internal
 */
export function observe<T>(
  gate: Gate,
  about: About,
  check: (findings: Findings) => Promise<T>,
  toDecided: (result: T) => Decided | undefined,
): Promise<T> {
  const { method, correlationId = createCorrelationId(gate) } = about
  const started = performance.now()
  const current: CurrentRequest = { correlationId }
  const trace: RequestTrace = { correlationId, resource: gate.resource, method }
  const findings: Findings = { correlationId }
  const publish = (decided: Decided): void => {
    const { token, calls } = findings
    trace.decision = createDecisionEvent(decided, {
      correlationId,
      resource: gate.resource,
      method,
      operations: calls?.slice(0, MOST_NAMED).map((call) => describe(call, about.presented())),
      token,
      cache: current.cache,
      duration: performance.now() - started,
    })
    publishDecision(trace.decision)
  }
  return withinRequest(current, () =>
    traceRequest(trace, async () => {
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

/** What an event says of a decision. A preflight is a question before a request, so it has no event. @internal */
export function eventOf(decision: Decision): Decided | undefined {
  if (decision.outcome === 'preflight') return undefined
  return decision.outcome === 'allowed' ? { outcome: 'allowed', status: 200 } : decision
}

/** What an event says of a failure, without pieces of the token. @internal */
export function refusalOf(failure: Failure, presented: string): Decided {
  return {
    outcome: outcomeOf(failure),
    status: failure.status,
    reason: failure.reason,
    detail: withoutToken(failure.message, presented),
    requiredScopes: failure instanceof ChallengeError ? failure.requiredScopes : undefined,
  }
}

/** Names an operation for the operator, without pieces of the token. @internal */
export function describe(
  operation: Parameters<typeof describeOperation>[0],
  presented: string,
): string {
  return withoutToken(describeOperation(operation), presented)
}

/** What an event says beside the decision. */
interface Circumstances
  extends Pick<
    DecisionEvent,
    'correlationId' | 'resource' | 'method' | 'operations' | 'cache' | 'duration'
  > {
  readonly token: VerifiedToken | undefined
}

/** @internal */
export function createDecisionEvent(
  { outcome, status, reason, detail, requiredScopes }: Decided,
  { token, ...circumstances }: Circumstances,
): DecisionEvent {
  return {
    outcome,
    status,
    reason,
    detail,
    ...circumstances,
    issuer: token?.issuer,
    subject: token?.subject,
    clientId: token?.clientId,
    requiredScopes,
    grantedScopes: token?.scopes,
  }
}
