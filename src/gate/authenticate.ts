import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import { mergeHeaders } from '../http/list-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { checkRequest } from '../mcp/policy/check-request.ts'
import { readPresentedProof } from '../sender-constraint/presented-proof.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import { requestsObserved } from '../telemetry/run-traces.ts'
import type { PresentedToken } from '../token/presented-token.ts'
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
 * operations, scopes. It never rejects. Every failure becomes a decision. An unexpected error becomes a
 * 503, because it is not the caller's fault.
 *
 * @internal
 */
export function authenticate(
  gate: Gate,
  guard: Guard,
  request: ResourceRequest,
): Promise<Decision> {
  return requestsObserved()
    ? observed(gate, guard, request)
    : decide(gate, guard, request, { ...NOTHING_FOUND })
}

function observed(gate: Gate, guard: Guard, request: ResourceRequest): Promise<Decision> {
  const about = { method: request.method, presented: () => presentedIn(request) }
  const check = (findings: Findings) => decide(gate, guard, request, findings)
  return observe(gate, about, check, eventOf)
}

async function decide(
  gate: Gate,
  guard: Guard,
  request: ResourceRequest,
  findings: Findings,
): Promise<Decision> {
  let headers: AnswerHeaders = NO_HEADERS
  let presented: PresentedToken | undefined
  try {
    const origin = gate.origins.check(request)
    if (origin.preflight !== undefined) return preflight(origin.preflight)
    headers = origin.headers
    checkGuard(guard)
    const credentials = readCredentials(request, gate.maxTokenLength)
    presented = credentials.presented
    const { signal } = request
    const allowed = allow(gate, guard, request, credentials, headers, findings)
    // On a cache hit nothing waits, so the decision is there already.
    if (findings.decision !== undefined && signal?.aborted !== true) return findings.decision
    // The options `verifier` and `revocation` may ignore the signal, so the wait for them ends here.
    return await (signal === undefined ? allowed : leaveOnAbort(allowed, signal))
  } catch (thrown) {
    const error = textFault(presented) ?? thrown
    const correlationId = findings.correlationId ?? createCorrelationId(gate)
    const fields = mergeHeaders(headers, findings.possession?.headers ?? NO_HEADERS)
    const explained = explainRequestPath(gate, request, error)
    const decision = decisionOf(explained, gate, guard, request, fields, correlationId)
    if (findings.presented !== undefined && decision.outcome === 'challenged') {
      void gate.loops.refused(findings.presented, findings.token, decision)
    }
    return decision
  }
}

/** Runs the checks that follow the credentials. It is done when it returns, unless a check must wait. */
async function allow(
  gate: Gate,
  guard: Guard,
  request: ResourceRequest,
  { scheme, presented }: PresentedCredentials,
  headers: AnswerHeaders,
  findings: Findings,
): Promise<AllowedRequest> {
  const proof = readPresentedProof(guard.dpopMode, scheme, request)
  findings.presented = presented
  const verified = verifyToken(gate, presented, { signal: request.signal })
  const token = verified instanceof Promise ? await verified : verified
  findings.token = token
  const proved = checkPossessionOnce(gate, { request, scheme, proof, presented, token })
  const possession = proved instanceof Promise ? await proved : proved
  findings.possession = possession
  const revocation = checkRevocation(gate, token, presented)
  if (revocation !== undefined) await revocation
  const found = checkSession(gate, request, token)
  const session = found instanceof Promise ? await found : found
  const demand = guard.policy && (await checkRequest(guard.policy, request, token, findings))
  checkBoundOperations(guard.requiredScopes, demand)
  checkScopes(gate, token, guard.requiredScopes, demand)
  gate.loops.allowed(token)
  const checked = { tokenText: presented.secret, token, possession, session, demand }
  const decision = new AllowedRequest(gate, checked, headers, findings.correlationId)
  findings.decision = decision
  return decision
}

/** The error for a token that is no `token68`. It comes before every other error about the token. */
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
