/** What the package tells on its `node:diagnostics_channel`s, collected for a test. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  DECISION_CHANNEL,
  type DecisionEvent,
  OUTBOUND_CHANNEL,
  type OutboundEvent,
} from '../../src/telemetry/events.ts'

/** Collects a channel's events until it goes out of scope. */
export interface Listening<Event> extends Disposable {
  readonly events: readonly Event[]
  /** Forgets the events so far. */
  clear(): void
}

export const listenToDecisions = (): Listening<DecisionEvent> => listenTo(DECISION_CHANNEL)
export const listenToOutbound = (): Listening<OutboundEvent> => listenTo(OUTBOUND_CHANNEL)

export function listenTo<Event>(channel: string): Listening<Event> {
  const events: Event[] = []
  const listener = (event: unknown) => void events.push(event as Event)
  subscribe(channel, listener)
  return {
    events,
    clear() {
      events.length = 0
    },
    [Symbol.dispose]: () => void unsubscribe(channel, listener),
  }
}
