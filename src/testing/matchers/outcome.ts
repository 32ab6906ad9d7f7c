import { ChallengeError } from '../../errors/challenge-error.ts'
import { RequestRefusedError } from '../../errors/request-refused-error.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import type { Decision } from '../../gate/decision.ts'
import { isObject } from '../../json-object.ts'

/** The outcomes that a test can expect. @internal */
export type OutcomeName = 'allowed' | 'challenged' | 'refused' | 'unavailable' | 'preflight'

/** What a decision, an error or an answer says, in one form. @internal */
export interface Outcome {
  readonly outcome: OutcomeName
  readonly status: number | undefined
  readonly reason: string | undefined
  readonly detail: string | undefined
  /** The scopes that the caller is asked for. If the request is allowed, the scopes of the token. */
  readonly scopes: readonly string[] | undefined
  readonly subject: string | undefined
  readonly clientId: string | undefined
  /** The header `WWW-Authenticate`. */
  readonly challenge: string | undefined
  /** The header `Retry-After`. */
  readonly retryAfter: string | undefined
  readonly correlationId: string | undefined
}

const NOTHING: Omit<Outcome, 'outcome'> = {
  status: undefined,
  reason: undefined,
  detail: undefined,
  scopes: undefined,
  subject: undefined,
  clientId: undefined,
  challenge: undefined,
  retryAfter: undefined,
  correlationId: undefined,
}

/**
 * Reads a decision, an error of a verifier, or a verified token.
 *
 * @returns `undefined` for any other value
 * @internal
 */
export function readOutcome(value: unknown): Outcome | undefined {
  if (value instanceof ChallengeError) {
    const { status, reason, message, requiredScopes } = value
    const more = { status, reason, detail: message, scopes: requiredScopes }
    return { ...NOTHING, outcome: 'challenged', ...more }
  }
  if (value instanceof UnavailableError) {
    const { status, reason, message, retryAfter } = value
    const more = { status, reason, detail: message, retryAfter: String(retryAfter) }
    return { ...NOTHING, outcome: 'unavailable', ...more }
  }
  if (value instanceof RequestRefusedError) {
    const { status, reason, message } = value
    return { ...NOTHING, outcome: 'refused', status, reason, detail: message }
  }
  if (isDecision(value)) return ofDecision(value)
  if (isObject(value) && isObject(value.claims) && typeof value.issuer === 'string') {
    return { ...NOTHING, outcome: 'allowed', ...tokenOf(value) }
  }
  return undefined
}

const OUTCOMES: readonly unknown[] = [
  'allowed',
  'challenged',
  'refused',
  'unavailable',
  'preflight',
] satisfies OutcomeName[]

function isDecision(value: unknown): value is Decision {
  return isObject(value) && OUTCOMES.includes(value.outcome) && isObject(value.headers)
}

function ofDecision(decision: Decision): Outcome {
  const { outcome, headers, correlationId } = decision
  const common = {
    ...NOTHING,
    outcome,
    challenge: headers['WWW-Authenticate'],
    retryAfter: headers['Retry-After'],
    correlationId,
  }
  if (decision.outcome === 'allowed') return { ...common, ...tokenOf({ ...decision.token }) }
  const { status, reason, detail } = decision
  const scopes = decision.outcome === 'challenged' ? decision.requiredScopes : undefined
  return {
    ...common,
    status,
    reason,
    detail,
    scopes: scopes ?? scopesIn(common.challenge),
  }
}

function tokenOf(token: Readonly<Record<string, unknown>>): Partial<Outcome> {
  const { subject, clientId, scopes } = token
  return {
    subject: typeof subject === 'string' ? subject : undefined,
    clientId: typeof clientId === 'string' ? clientId : undefined,
    scopes: Array.isArray(scopes) ? scopes.map(String) : undefined,
  }
}

/** The scopes that a `WWW-Authenticate` header asks for. @internal */
export function scopesIn(challenge: string | undefined): readonly string[] | undefined {
  return /\bscope="([^"]*)"/.exec(challenge ?? '')?.[1]?.split(' ')
}
