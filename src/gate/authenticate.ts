import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import { mergeHeaders } from '../http/list-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { checkRequest } from '../mcp/policy/check-request.ts'
import { readPresentedProof } from '../sender-constraint/presented-proof.ts'
import { isThenable, type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import { requestsObserved } from '../telemetry/run-traces.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerificationContext } from '../verification/token-verifier.ts'
import { AllowedRequest } from './allowed-request.ts'
import { decisionOf } from './answer.ts'
import { checkBoundOperations } from './bound-operations.ts'
import { checkPossessionOnce } from './check-possession-once.ts'
import { checkRevocation } from './check-revocation.ts'
import { createCorrelationId } from './correlation-id.ts'
import { type PresentedCredentials, presentedIn, readCredentials } from './credentials.ts'
import type { Decision } from './decision.ts'
import { eventOf, type Findings, NOTHING_FOUND, observe } from './decision-event.ts'
import type { Gate } from './gate.ts'
import { checkGuard, type Guard } from './guard.ts'
import { explainRequestPath } from './request-path.ts'
import { checkScopes } from './scopes.ts'
import { checkSession } from './session.ts'
import { verifyToken } from './verify-token.ts'

/**
 * Checks a request in these steps: origin, credentials, token, possession, revocation, session,
 * operations, scopes. It never throws or rejects. Every failure becomes a decision. An unexpected error
 * becomes a 503, because it is not the caller's fault.
 *
 * @returns a promise only if something must be waited for. That is rare for a token that was verified before: the
 * handler then runs in the turn of the event loop that brought the request
 * @internal
 */
export function authenticate(
  gate: Gate,
  guard: Guard,
  request: ResourceRequest,
): MaybePromise<Decision> {
  return requestsObserved()
    ? observed(gate, guard, request)
    : decide(gate, guard, request, { ...NOTHING_FOUND })
}

function observed(gate: Gate, guard: Guard, request: ResourceRequest): Promise<Decision> {
  const about = { method: request.method, presented: () => presentedIn(request) }
  const check = async (findings: Findings) => decide(gate, guard, request, findings)
  return observe(gate, about, check, eventOf)
}

function decide(
  gate: Gate,
  guard: Guard,
  request: ResourceRequest,
  findings: Findings,
): MaybePromise<Decision> {
  let headers: AnswerHeaders = NO_HEADERS
  let presented: PresentedToken | undefined
  try {
    const origin = gate.origins.check(request)
    if (origin.preflight !== undefined) return preflight(origin.preflight)
    headers = origin.headers
    checkGuard(guard)
    const credentials = readCredentials(request, gate.maxTokenLength)
    presented = credentials.presented
    const allowed = allow(gate, guard, request, credentials, headers, findings)
    if (!isThenable(allowed)) return allowed
    // The options `verifier` and `revocation` may ignore the signal, so the wait for them ends here.
    const { signal } = request
    const answered = signal === undefined ? allowed : leaveOnAbort(allowed, signal)
    return answered.catch((error) =>
      notAllowed(gate, guard, request, headers, findings, textFault(presented) ?? error),
    )
  } catch (error) {
    return notAllowed(gate, guard, request, headers, findings, textFault(presented) ?? error)
  }
}

/** Turns a failed check into a decision. */
function notAllowed(
  gate: Gate,
  guard: Guard,
  request: ResourceRequest,
  headers: AnswerHeaders,
  findings: Findings,
  error: unknown,
): Decision {
  const correlationId = findings.correlationId ?? createCorrelationId(gate)
  const fields = mergeHeaders(headers, findings.possession?.headers ?? NO_HEADERS)
  const explained = explainRequestPath(gate, request, error)
  const decision = decisionOf(explained, gate, guard, request, fields, correlationId)
  const { presented, token } = findings
  if (presented !== undefined && decision.outcome === 'challenged') {
    void gate.loops.refused(presented, token, decision)
  }
  return decision
}

/** Runs the checks that follow the credentials. Each may have to wait, and usually none does. */
function allow(
  gate: Gate,
  guard: Guard,
  request: ResourceRequest,
  { scheme, presented }: PresentedCredentials,
  headers: AnswerHeaders,
  findings: Findings,
): MaybePromise<AllowedRequest> {
  const proof = readPresentedProof(guard.dpopMode, scheme, request)
  findings.presented = presented
  return whenSettled(verifyToken(gate, presented, new RequestContext(request)), (token) => {
    findings.token = token
    const presentation = { request, scheme, proof, presented, token }
    return whenSettled(checkPossessionOnce(gate, presentation), (possession) => {
      findings.possession = possession
      return whenSettled(checkRevocation(gate, token, presented), () =>
        whenSettled(checkSession(gate, request, token), (session) => {
          const asked = guard.policy && checkRequest(guard.policy, request, token, findings)
          return whenSettled(asked, (demand) => {
            checkBoundOperations(guard.requiredScopes, demand)
            checkScopes(gate, token, guard.requiredScopes, demand)
            gate.loops.allowed(token)
            const checked = { tokenText: presented.secret, token, possession, session, demand }
            return new AllowedRequest(gate, checked, headers, findings.correlationId)
          })
        }),
      )
    })
  })
}

/** What a verifier may know about a request. Some frameworks make the signal only when it is read. */
class RequestContext implements VerificationContext {
  readonly #request: ResourceRequest

  constructor(request: ResourceRequest) {
    this.#request = request
  }

  get signal(): AbortSignal | undefined {
    return this.#request.signal
  }
}

/** Returns the error for a token that is no `token68`. The caller gets this error instead of any other. */
function textFault(presented: PresentedToken | undefined): unknown {
  try {
    presented?.checkText()
  } catch (error) {
    return error
  }
  return undefined
}

const preflight = (headers: AnswerHeaders): Decision => ({
  outcome: 'preflight',
  status: 204,
  headers,
})
