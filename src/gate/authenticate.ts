import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import { mergeHeaders } from '../http/list-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { checkRequest } from '../mcp/policy/check-request.ts'
import { readPresentedProof } from '../sender-constraint/presented-proof.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import { requestsObserved } from '../telemetry/run-traces.ts'
import { PresentedToken } from '../token/presented-token.ts'
import { AllowedRequest } from './allowed-request.ts'
import { decisionOf } from './answer.ts'
import { checkBoundOperations } from './bound-operations.ts'
import { checkPossessionOnce } from './check-possession-once.ts'
import { checkRevocation } from './check-revocation.ts'
import { createCorrelationId } from './correlation-id.ts'
import { type Credentials, presentedIn, readCredentials } from './credentials.ts'
import type { Decision } from './decision.ts'
import { eventOf, type Findings, observe } from './decision-event.ts'
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
  if (!requestsObserved()) return decide(gate, guard, request, {})
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
  let headers: AnswerHeaders = {}
  try {
    const origin = gate.origins.check(request)
    if (origin.preflight !== undefined) return preflight(origin.preflight)
    headers = origin.headers
    checkGuard(guard)
    const credentials = readCredentials(request, gate.maxTokenLength)
    const allowed = allow(gate, guard, request, credentials, headers, findings)
    // The options `verifier` and `revocation` may ignore the signal, so the wait for them ends here.
    return await (request.signal === undefined ? allowed : leaveOnAbort(allowed, request.signal))
  } catch (error) {
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
}

/** Runs the checks that follow the credentials. */
async function allow(
  gate: Gate,
  guard: Guard,
  request: ResourceRequest,
  { scheme, token: text }: Credentials,
  headers: AnswerHeaders,
  findings: Findings,
): Promise<AllowedRequest> {
  const proof = readPresentedProof(guard.dpopMode, scheme, request)
  const presented = new PresentedToken(text)
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
  const checked = { tokenText: text, token, possession, session, demand }
  return new AllowedRequest(gate, checked, headers, findings.correlationId)
}

const preflight = (headers: AnswerHeaders): Decision => ({
  outcome: 'preflight',
  status: 204,
  headers,
})
