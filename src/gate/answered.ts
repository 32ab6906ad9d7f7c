import { UnavailableError } from '../errors/unavailable-error.ts'
import type { HttpAnswer } from '../http/http-answer.ts'
import { mergeHeaders } from '../http/list-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { storeFaultOf } from '../redaction.ts'
import { isThenable, type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import { decisionsObserved, publishDecision } from '../telemetry/publish.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import { unavailable } from './answer.ts'
import { createCorrelationId } from './correlation-id.ts'
import type { Allowed } from './decision.ts'
import { createDecisionEvent } from './decision-event.ts'
import type { Gate } from './gate.ts'

/** The start of a handler's answer. */
export interface HandlerAnswer {
  readonly status: number
  /** The value of the answer's `Mcp-Session-Id` header. */
  readonly sessionId: string | undefined
}

/**
 * Opens or closes an MCP session after the handler has answered an allowed request. It neither throws
 * nor rejects. It returns a promise only if the session store returns one.
 *
 * @returns the answer to send instead of the handler's answer, if the session could not be stored;
 * otherwise `undefined`. A client that got the id of a session that is not stored would be refused with
 * its next request
 * @internal
 */
export function answered(
  gate: Gate,
  request: ResourceRequest,
  decision: Allowed,
  answer: HandlerAnswer,
): MaybePromise<HttpAnswer | undefined> {
  const failed = (error: unknown): HttpAnswer => failedAnswer(gate, request, decision, error)
  try {
    const stored = storeSession(gate, request, decision, answer)
    return isThenable(stored) ? Promise.resolve(stored).then(() => undefined, failed) : undefined
  } catch (error) {
    return failed(error)
  }
}

function storeSession(
  gate: Gate,
  request: ResourceRequest,
  decision: Allowed,
  answer: HandlerAnswer,
): MaybePromise<void> {
  const { sessions } = gate
  if (sessions === 'none' && answer.sessionId !== undefined) warnOfSession(gate)
  if (typeof sessions === 'string') return
  const opened =
    answer.sessionId !== undefined && answer.status < 300
      ? sessions.open(answer.sessionId, decision.token)
      : undefined
  const { sessionId } = decision
  // 404 means that the handler does not know the session. With DELETE, the owner ends the session.
  const ended = answer.status === 404 || (request.method === 'DELETE' && answer.status < 300)
  if (!ended || sessionId === undefined) return opened
  return whenSettled(opened, () => sessions.close(sessionId))
}

/**
 * Answers 503 and publishes an event for the failure. The event of the request has already reported it
 * as allowed.
 */
function failedAnswer(
  gate: Gate,
  { method }: ResourceRequest,
  { token, possession, headers, correlationId = createCorrelationId(gate) }: Allowed,
  error: unknown,
): HttpAnswer {
  const failure =
    error instanceof UnavailableError
      ? error
      : new UnavailableError(
          'session_store_failed',
          `the session store failed with ${storeFaultOf(error)}`,
        )
  const decision = unavailable(failure, correlationId)
  if (decisionsObserved()) {
    const { resource } = gate
    const circumstances = { correlationId, resource, method, token, possession, duration: 0 }
    publishDecision(
      createDecisionEvent(decision, { ...circumstances, operations: undefined, cache: undefined }),
    )
  }
  const body = JSON.stringify(decision.body)
  return { status: decision.status, headers: mergeHeaders(headers, decision.headers), body }
}

/** Warns when the MCP server opens a session although the option `sessions` is `'none'`. */
function warnOfSession(gate: object): void {
  warnOnce(
    gate,
    'MCP_SESSION_WHERE_NONE_ARE',
    "createResourceServer: sessions is 'none', but the MCP server has opened a session. The gate removes " +
      'the session id from later requests. Leave the option `sessions` out, or make the server stateless',
  )
}
