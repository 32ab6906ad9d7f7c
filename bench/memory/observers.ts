import { subscribe, tracingChannel } from 'node:diagnostics_channel'
import {
  CLIENT_LOOPING_CHANNEL,
  DECISION_CHANNEL,
  LIST_CHANNEL,
  OPERATION_TRACE,
  OUTBOUND_CHANNEL,
  OUTBOUND_TRACE,
  REQUEST_TRACE,
  REVOCATION_CHANNEL,
  VERIFICATION_TRACE,
} from '../../dist/telemetry/index.js'

const EVENTS = [
  CLIENT_LOOPING_CHANNEL,
  DECISION_CHANNEL,
  LIST_CHANNEL,
  OUTBOUND_CHANNEL,
  REVOCATION_CHANNEL,
]
const TRACES = [REQUEST_TRACE, VERIFICATION_TRACE, OUTBOUND_TRACE, OPERATION_TRACE]

/**
 * Keeps every event and every trace, and with them whatever they hold.
 *
 * @returns what was published so far
 */
export function keepPublished(): readonly unknown[] {
  const published: unknown[] = []
  const keep = (message: unknown): void => void published.push(message)
  for (const name of EVENTS) subscribe(name, keep)
  for (const name of TRACES) {
    const [start, end, asyncStart, asyncEnd, error] = [keep, keep, keep, keep, keep]
    tracingChannel<object, object>(name).subscribe({ start, end, asyncStart, asyncEnd, error })
  }
  return published
}
