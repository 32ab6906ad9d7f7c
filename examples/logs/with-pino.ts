/** One line for each decision, with pino. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { DECISION_CHANNEL, type DecisionEvent } from 'mcp-resource-server/telemetry'
import { type Logger, pino } from 'pino'
import { fieldsOf, levelOf, messageOf } from './decision-line.ts'

// #region pino
/** @returns a function that stops it */
export function logWithPino(logger: Logger = pino()): () => void {
  const log = (message: unknown) => {
    const event = message as DecisionEvent
    logger[levelOf(event)](fieldsOf(event), messageOf(event))
  }
  subscribe(DECISION_CHANNEL, log)
  return () => void unsubscribe(DECISION_CHANNEL, log)
}
// #endregion
