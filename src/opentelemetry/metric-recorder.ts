import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Counter, Meter } from '@opentelemetry/api'
import { DECISION_CHANNEL, type DecisionEvent } from '../telemetry/events.ts'

/** Records metrics from the events of this package. @internal */
export class MetricRecorder {
  #meter: () => Meter
  #decisions: Counter | undefined

  constructor(meter: () => Meter) {
    this.#meter = meter
  }

  /** Uses another meter from now on. Instruments are created at the first event. */
  use(meter: () => Meter): void {
    this.#meter = meter
    this.#decisions = undefined
  }

  start(): void {
    subscribe(DECISION_CHANNEL, this.#decided)
  }

  stop(): void {
    unsubscribe(DECISION_CHANNEL, this.#decided)
  }

  readonly #decided: ChannelListener = (message) => {
    const { outcome, reason } = message as DecisionEvent
    this.#decisions ??= this.#meter().createCounter('mcp_resource_server.decisions')
    this.#decisions.add(1, { outcome, ...(reason === undefined ? {} : { reason }) })
  }
}
