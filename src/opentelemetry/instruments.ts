import type { Attributes, Meter, ObservableCallback } from '@opentelemetry/api'
import { keySetAges, sharedStoreAnswers } from '../telemetry/states.ts'
import {
  METRICS,
  type MetricAttributes,
  type MetricDefinition,
  type RecordedMetric,
} from './metrics.ts'

/** The instruments of one meter. @internal */
export class Instruments {
  readonly #record = new Map<string, (value: number, attributes: Attributes) => void>()
  readonly #removals: (() => void)[] = []

  /** Creates every instrument. It may throw, because the meter is not ours. */
  constructor(meter: Meter) {
    for (const [key, definition] of Object.entries<MetricDefinition>(METRICS)) {
      const { name, type, unit, description, boundaries } = definition
      if (type === 'counter') {
        const counter = meter.createCounter(name, { unit, description })
        this.#record.set(key, (value, attributes) => counter.add(value, attributes))
      } else if (type === 'histogram') {
        const advice = { explicitBucketBoundaries: [...(boundaries ?? [])] }
        const histogram = meter.createHistogram(name, { unit, description, advice })
        this.#record.set(key, (value, attributes) => histogram.record(value, attributes))
      }
    }
    // Last, because a gauge that has a callback must be closed.
    this.#observe(meter, 'keySetAge', (result) => {
      for (const [issuer, age] of keySetAges()) {
        result.observe(age / 1000, { 'mcp_resource_server.issuer': issuer })
      }
    })
    this.#observe(meter, 'sharedStoreUp', (result) => {
      for (const [resource, answers] of sharedStoreAnswers()) {
        result.observe(answers ? 1 : 0, { 'mcp_resource_server.resource': resource })
      }
    })
  }

  /** Adds to a counter, or records a value of a histogram. It may throw. */
  record<Name extends RecordedMetric>(
    metric: Name,
    value: number,
    attributes: MetricAttributes<Name>,
  ): void {
    const known = Object.entries(attributes).filter(([, value]) => value !== undefined)
    this.#record.get(metric)?.(value, Object.fromEntries(known) as Attributes)
  }

  /** Ends the gauges. It may throw. */
  close(): void {
    for (const remove of this.#removals.splice(0)) remove()
  }

  #observe(
    meter: Meter,
    metric: 'keySetAge' | 'sharedStoreUp',
    callback: ObservableCallback,
  ): void {
    const { name, unit, description } = METRICS[metric]
    const gauge = meter.createObservableGauge(name, { unit, description })
    this.#removals.push(() => gauge.removeCallback(callback))
    gauge.addCallback(callback)
  }
}
