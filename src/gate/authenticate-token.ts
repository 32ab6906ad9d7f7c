import { ChallengeError } from '../errors/challenge-error.ts'
import { redacted } from '../redaction.ts'
import { isThenable } from '../storage/maybe-promise.ts'
import { requestsObserved } from '../telemetry/run-traces.ts'
import { checkUnbound } from '../token/confirmation.ts'
import { type PresentedToken, readPresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { VerificationContext } from '../verification/token-verifier.ts'
import { checkRevocation } from './check-revocation.ts'
import { createCorrelationId } from './correlation-id.ts'
import { type Findings, observe } from './decision-event.ts'
import type { Gate } from './gate.ts'
import type { Guard } from './guard.ts'
import { checkScopes } from './scopes.ts'
import { verifyToken } from './verify-token.ts'

/** Information about the verification of a token without a request. */
export interface VerifyContext extends VerificationContext {
  /** The correlation id for the events of this verification. Default: a new id. */
  readonly correlationId?: string | undefined
}

const NEEDS_A_REQUEST =
  'the option `dpop` is "required", and verify() cannot check DPoP proofs, because the proof is in the ' +
  'request; use a gate, such as expressGate or fetchGate, or resourceServer.authenticate(request)'

/**
 * Checks a token without a request: the token itself and its scopes. It publishes the same event as
 * {@link authenticate}, so that operators see the reason of a refusal.
 *
 * @throws {ChallengeError} @throws {UnavailableError}
 * @internal
 */
export function authenticateToken(
  gate: Gate,
  guard: Guard,
  text: string,
  context?: VerifyContext,
): Promise<VerifiedToken> {
  return requestsObserved()
    ? observed(gate, guard, text, context)
    : checkToken(gate, guard, text, context)
}

function observed(
  gate: Gate,
  guard: Guard,
  text: string,
  context: VerifyContext | undefined,
): Promise<VerifiedToken> {
  // JavaScript callers may pass anything as the token.
  const presented = typeof text === 'string' ? text : ''
  const about = {
    method: undefined,
    presented: () => presented,
    correlationId: context?.correlationId,
  }
  return observe(
    gate,
    about,
    async (findings) => {
      const { correlationId } = findings
      return checkToken(gate, guard, text, { ...context, correlationId }, findings)
    },
    () => ({ outcome: 'allowed', status: 200 }),
  )
}

async function checkToken(
  gate: Gate,
  guard: Guard,
  text: string,
  context: VerifyContext | undefined,
  findings?: Findings,
): Promise<VerifiedToken> {
  if (guard.dpopMode === 'required') {
    throw new ChallengeError('dpop_required', NEEDS_A_REQUEST)
  }
  const presented = readPresentedToken(text, gate.maxTokenLength)
  let token: VerifiedToken | undefined
  try {
    const verified = verifyToken(gate, presented, context)
    token = isThenable(verified) ? await verified : verified
    if (findings !== undefined) findings.token = token
    checkUnbound(token.confirmation)
    const revocation = checkRevocation(gate, token, presented)
    if (revocation !== undefined) await revocation
    checkScopes(gate, token, guard.requiredScopes, undefined)
  } catch (error) {
    noteRefusal(gate, error, presented, token, context?.correlationId)
    throw error
  }
  gate.loops.allowed(token)
  return token
}

/** The detail and the correlation id are made only for a refusal that may belong to a loop. */
function noteRefusal(
  gate: Gate,
  error: unknown,
  presented: PresentedToken,
  token: VerifiedToken | undefined,
  correlationId: string | undefined,
): void {
  if (!(error instanceof ChallengeError)) return
  const { reason, nearMiss, requiredScopes } = error
  void gate.loops.refused(presented, token, {
    reason,
    nearMiss,
    requiredScopes,
    get detail() {
      return redacted(error, presented.secret).message
    },
    get correlationId() {
      return correlationId ?? createCorrelationId(gate)
    },
  })
}
