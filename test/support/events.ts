/** What the package tells on its `node:diagnostics_channel`s, collected for a test. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach } from 'vitest'
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

/** The events of a channel during each test of the file. */
export function collectEvents<Event>(channel: string): Event[] {
  const events: Event[] = []
  const listener = (event: unknown) => void events.push(event as Event)
  beforeEach(() => {
    events.length = 0
    subscribe(channel, listener)
  })
  afterEach(() => void unsubscribe(channel, listener))
  return events
}
