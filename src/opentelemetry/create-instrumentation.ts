import { type MeterProvider, type TracerProvider, trace } from '@opentelemetry/api'
import { readOptions } from '../options/read-options.ts'
import { runTracesWith } from '../telemetry/trace-runner.ts'
import { MetricRecorder } from './metric-recorder.ts'
import type { InstrumentationOptions } from './options.ts'
import { instrumentationSchema } from './options-schema.ts'
import { SpanRunner } from './span-runner.ts'

/** The name of the tracer and of the meter (instrumentation scope). */
const SCOPE = 'mcp-resource-server'

/**
 * An instrumentation in the sense of OpenTelemetry: give it to the option `instrumentations` of `NodeSDK`
 * or of `registerInstrumentations`.
 */
export interface Instrumentation {
  readonly instrumentationName: string
  readonly instrumentationVersion: string
  /** Starts spans and metrics. It is enabled when it is created. */
  enable(): void
  /** Ends spans and metrics. Spans that have begun still end. */
  disable(): void
  /** Takes the provider of spans. OpenTelemetry calls it. */
  setTracerProvider(provider: TracerProvider): void
  /** Takes the provider of metrics. OpenTelemetry calls it. */
  setMeterProvider(provider: MeterProvider): void
  /** Returns what OpenTelemetry asks of every instrumentation. */
  getConfig(): { readonly enabled: boolean }
  /** Changes nothing: the options are those of {@link createInstrumentation}. OpenTelemetry calls it. */
  setConfig(config: object): void
}

/**
 * Creates the instrumentation of this package for OpenTelemetry: spans of requests, verifications and calls
 * to authorization servers, and metrics.
 *
 * @throws {TypeError} names the option that is wrong
 *
 * @example
 * ```ts
 * import { createInstrumentation } from 'mcp-resource-server/opentelemetry'
 * import { NodeSDK } from '@opentelemetry/sdk-node'
 *
 * new NodeSDK({ instrumentations: [createInstrumentation()] }).start()
 * ```
 */
export function createInstrumentation(options: InstrumentationOptions = {}): Instrumentation {
  const settings = readOptions('createInstrumentation', instrumentationSchema, options)
  let spans = new SpanRunner(trace.getTracer(SCOPE), settings)
  const recorder = new MetricRecorder(SCOPE)
  let enabled = false
  const instrumentation: Instrumentation = {
    instrumentationName: SCOPE,
    instrumentationVersion: '',
    enable() {
      enabled = true
      runTracesWith(spans)
      recorder.start()
    },
    disable() {
      enabled = false
      runTracesWith(undefined)
      recorder.stop()
    },
    setTracerProvider(provider) {
      spans = new SpanRunner(provider.getTracer(SCOPE), settings)
      if (enabled) runTracesWith(spans)
    },
    setMeterProvider(provider) {
      recorder.use(provider)
    },
    getConfig: () => ({ enabled: true }),
    setConfig() {},
  }
  instrumentation.enable()
  return instrumentation
}
