/** The properties of every decision and every error, whatever the caller or an authorization server sends. */
import type { Decision } from '../../../src/gate/decision.ts'
import { ChallengeError, UnavailableError } from '../../../src/index.ts'
import { DECISION_CHANNEL, OUTBOUND_CHANNEL } from '../../../src/telemetry/events.ts'
import { listenTo } from '../../support/events.ts'

const STATUSES: Readonly<Record<Decision['outcome'], readonly number[]>> = {
  allowed: [],
  preflight: [204],
  challenged: [400, 401, 403],
  refused: [200, 400, 403, 404, 413, 415],
  unavailable: [503],
}

export function check(holds: boolean, message: string, found?: unknown): asserts holds {
  if (!holds)
    throw new Error(found === undefined ? message : `${message}: ${JSON.stringify(found)}`)
}

/** Shorter texts occur in other texts by chance. */
const SHORTEST_SECRET = 16

/** Checks that a text contains none of these secrets, as they are or escaped as in JSON. */
export function checkKeepsSecrets(where: string, value: unknown, secrets: readonly string[]): void {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  for (const secret of secrets) {
    if (secret.length < SHORTEST_SECRET) continue
    const written = JSON.stringify(secret).slice(1, -1)
    check(!text.includes(secret) && !text.includes(written), `${where} holds the token`, text)
  }
}

/** Checks that a decision has a defined outcome and status, and contains no secret. */
export function checkDecision(decision: Decision, secrets: readonly string[]): void {
  const { outcome } = decision
  check(outcome in STATUSES, 'an outcome that is not defined', outcome)
  if (outcome === 'allowed') return
  const { status, headers, body, detail } = decision
  check(STATUSES[outcome].includes(status), `${outcome} with the status ${status}`)
  checkKeepsSecrets('the answer', [headers, body], secrets)
  checkKeepsSecrets('the detail', detail ?? '', secrets)
  for (const [name, value] of Object.entries(headers)) {
    check(/^[\x20-\x7e]*$/.test(value), `the header ${name} cannot be sent`, value)
  }
  if (outcome === 'challenged') {
    check(headers['WWW-Authenticate'] !== undefined, 'a challenge without WWW-Authenticate')
  }
}

/** Awaits work that may reject only with a documented error, and returns that error. */
export async function documented<Value>(
  work: () => Value | Promise<Value>,
  secrets: readonly string[],
): Promise<Value | ChallengeError | UnavailableError> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ChallengeError || error instanceof UnavailableError)) throw error
    checkKeepsSecrets('the message', error.message, secrets)
    checkKeepsSecrets('the stack', error.stack, secrets)
    return error
  }
}

/** Collects every event, and checks that none holds a secret. */
export function watchEvents(): (secrets: readonly string[]) => void {
  const heard = [DECISION_CHANNEL, OUTBOUND_CHANNEL].map((channel) => listenTo<unknown>(channel))
  return (secrets) => {
    for (const listening of heard) {
      checkKeepsSecrets('an event', listening.events, secrets)
      listening.clear()
    }
  }
}
