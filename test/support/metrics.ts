import { metrics } from '@opentelemetry/api'
import {
  DataPointType,
  type Histogram,
  MeterProvider,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import { createInstrumentation } from '../../src/opentelemetry/index.ts'

/** A reader that collects when it is asked. */
class Collector extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}

/** One series: its attributes, and its value. Of a histogram, the value is the number of recorded values. */
export interface Series {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number
}

/** The real SDK, with this package's instrumentation. `stop` ends both. */
export function startMetrics() {
  const reader = new Collector()
  const provider = new MeterProvider({ readers: [reader] })
  const instrumentation = createInstrumentation()
  instrumentation.setMeterProvider(provider)

  async function collect(): Promise<readonly MetricData[]> {
    const { resourceMetrics, errors } = await reader.collect()
    if (errors.length > 0) throw new AggregateError(errors)
    return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
  }

  return {
    instrumentation,
    provider,
    reader,
    collect,
    /** The series of a metric, or of all. */
    async series(name?: string): Promise<readonly Series[]> {
      const collected = await collect()
      return collected
        .filter(({ descriptor }) => name === undefined || descriptor.name === name)
        .flatMap((metric) =>
          metric.dataPoints.map(({ attributes, value }) => ({
            attributes,
            value:
              metric.dataPointType === DataPointType.HISTOGRAM
                ? (value as Histogram).count
                : (value as number),
          })),
        )
    },
    /** The first series of a histogram. */
    async histogram(name: string): Promise<Histogram> {
      const collected = await collect()
      const [point] = collected.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
      if (point === undefined) throw new Error(`${name} has no series`)
      return point.value as Histogram
    },
    async stop(): Promise<void> {
      instrumentation.disable()
      metrics.disable()
      await provider.shutdown()
    },
  }
}
