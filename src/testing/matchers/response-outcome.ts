import { isObject } from '../../json-object.ts'
import { recordedDecision } from './decision-record.ts'
import { type Outcome, type OutcomeName, scopesIn } from './outcome.ts'

/** Longest body in characters that is read for a correlation id. */
const LONGEST_BODY = 64 * 1024

/** Whether a value is the answer of an HTTP server. @internal */
export function isResponse(value: unknown): value is Response {
  return isObject(value) && typeof value.status === 'number' && typeof value.clone === 'function'
}

/**
 * Reads the answer of a server. The answer does not tell the reason. If the decisions are recorded, the
 * correlation id in the body leads to it. The test can still read the body.
 *
 * @internal
 */
export async function readResponse(response: Response): Promise<Outcome> {
  const { status, headers } = response
  const body = await bodyOf(response)
  const correlationId = correlationIdIn(body)
  const event = correlationId === undefined ? undefined : recordedDecision(correlationId)
  const challenge = headers.get('www-authenticate') ?? undefined
  return {
    outcome: outcomeOf(status, challenge, body),
    status,
    reason: event?.reason,
    detail: event?.detail,
    scopes: event?.requiredScopes ?? scopesIn(challenge),
    subject: event?.subject,
    clientId: event?.clientId,
    challenge,
    retryAfter: headers.get('retry-after') ?? undefined,
    correlationId,
  }
}

function outcomeOf(status: number, challenge: string | undefined, body: unknown): OutcomeName {
  if (status === 503) return 'unavailable'
  if (challenge !== undefined) return 'challenged'
  // A refused operation may have the status 200, as the answer of an MCP server has.
  if (status < 400 && correlationIdIn(body) === undefined) return 'allowed'
  return 'refused'
}

async function bodyOf(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? ''
  const length = Number(response.headers.get('content-length') ?? 0)
  // An event stream may never end.
  if (response.bodyUsed || !type.startsWith('application/json') || length > LONGEST_BODY) return
  try {
    const text = await response.clone().text()
    return text.length > LONGEST_BODY ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The correlation id of an OAuth error, or of a JSON-RPC error. */
function correlationIdIn(body: unknown): string | undefined {
  if (!isObject(body)) return undefined
  const { error } = body
  const data = isObject(error) && isObject(error.data) ? error.data : body
  return typeof data.correlation_id === 'string' ? data.correlation_id : undefined
}
