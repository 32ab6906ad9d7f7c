/** One line of JSON for each decision, without a package. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { DECISION_CHANNEL, type DecisionEvent } from 'mcp-resource-server/telemetry'
import { fieldsOf, levelOf, messageOf } from './decision-line.ts'

const toStandardOutput = (line: string): void => void process.stdout.write(line)

// #region json
/** @returns a function that stops it */
export function logAsJsonLines(write: (line: string) => void = toStandardOutput): () => void {
  const log = (message: unknown) => {
    const event = message as DecisionEvent
    const head = { time: new Date().toISOString(), level: levelOf(event), msg: messageOf(event) }
    // JSON escapes line breaks, so that no client can make up a line.
    write(`${JSON.stringify({ ...head, ...fieldsOf(event) })}\n`)
  }
  subscribe(DECISION_CHANNEL, log)
  return () => void unsubscribe(DECISION_CHANNEL, log)
}
// #endregion
