import { subscribe } from 'node:diagnostics_channel'
import { DECISION_CHANNEL, type DecisionEvent } from 'mcp-resource-server/telemetry'

const decisions = new Map<string, DecisionEvent>()

subscribe(DECISION_CHANNEL, (message) => {
  const event = message as DecisionEvent
  if (event.outcome !== 'allowed') decisions.set(event.correlationId, event)
})

/**
 * Finds the exact reason of a refusal. The caller gets only a generic sentence and a correlation id.
 */
export function operatorsView(refusal: string): DecisionEvent | undefined {
  if (!refusal.startsWith('{')) return undefined
  const { correlation_id: id } = JSON.parse(refusal) as { correlation_id?: string }
  return id === undefined ? undefined : decisions.get(id)
}

/** Prints every decision as it is made, one line each. */
export function showDecisions(print: (line: string) => void = console.log): void {
  subscribe(DECISION_CHANNEL, (message) => print(decisionLine(message as DecisionEvent)))
}

function decisionLine(event: DecisionEvent): string {
  const { status, method = '', outcome, reason, detail, correlationId, subject, clientId } = event
  const time = new Date().toTimeString().slice(0, 8)
  const what =
    outcome === 'allowed'
      ? `allowed: ${subject}, by client ${clientId}`
      : `${reason}: ${detail} (${correlationId})`
  return `${time}  ${status}  ${method.padEnd(6)}  ${what}`
}
