import { type MeterProvider, type TracerProvider, trace } from '@opentelemetry/api'
import { readOptions } from '../options/read-options.ts'
import { runTracesWith } from '../telemetry/trace-runner.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import { MetricRecorder } from './metric-recorder.ts'
import type { InstrumentationOptions } from './options.ts'
import { instrumentationSchema } from './options-schema.ts'
import { PACKAGE_VERSION } from './package-version.ts'
import { SpanRunner } from './span-runner.ts'

/** The name of the tracer and of the meter (instrumentation scope). */
const SCOPE = 'mcp-resource-server'

/** The instrumentation that is enabled. There is one at most: two would record everything twice. */
let enabled: Instrumentation | undefined

/**
 * An instrumentation in the sense of OpenTelemetry: give it to the option `instrumentations` of `NodeSDK`
 * or of `registerInstrumentations`. It has the members of the interface in `@opentelemetry/instrumentation`,
 * which this package does not need.
 */
export interface Instrumentation {
  readonly instrumentationName: string
  readonly instrumentationVersion: string
  /** Starts spans and metrics. Another instrumentation of this package is disabled, with a process warning. */
  enable(): void
  /** Ends spans and metrics. Spans that have begun still end. */
  disable(): void
  /** Uses another tracer provider than the global one. */
  setTracerProvider(provider: TracerProvider): void
  /** Uses another meter provider than the global one. */
  setMeterProvider(provider: MeterProvider): void
  /** The options, and whether the instrumentation is enabled. */
  getConfig(): InstrumentationOptions
  /** Replaces the options. @throws {TypeError} names the option that is wrong */
  setConfig(config: InstrumentationOptions): void
}

/**
 * Creates the instrumentation of this package for OpenTelemetry: spans of requests, verifications, calls
 * to authorization servers and MCP operations, and metrics. It uses the global providers, even if they are
 * set later. `setTracerProvider` and `setMeterProvider` replace them.
 *
 * Only one instrumentation is enabled. If there is a second one, it replaces the first.
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
  let settings = readOptions('createInstrumentation', instrumentationSchema, options)
  let tracer = trace.getTracer(SCOPE, PACKAGE_VERSION)
  const recorder = new MetricRecorder(SCOPE, PACKAGE_VERSION)
  const isEnabled = (): boolean => enabled === instrumentation
  const run = (): void => {
    if (isEnabled()) runTracesWith(new SpanRunner(tracer, settings))
  }
  const instrumentation: Instrumentation = {
    instrumentationName: SCOPE,
    instrumentationVersion: PACKAGE_VERSION,
    enable() {
      if (isEnabled()) return
      if (enabled !== undefined) {
        enabled.disable()
        warnOnce(runTracesWith, 'MCP_INSTRUMENTATION_REPLACED', REPLACED)
      }
      enabled = instrumentation
      run()
      recorder.start()
    },
    disable() {
      if (!isEnabled()) return
      enabled = undefined
      runTracesWith(undefined)
      recorder.stop()
    },
    setTracerProvider(provider) {
      tracer = provider.getTracer(SCOPE, PACKAGE_VERSION)
      run()
    },
    setMeterProvider(provider) {
      recorder.use(provider)
    },
    getConfig: () => ({ ...settings, enabled: isEnabled() }),
    setConfig(config) {
      settings = readOptions('setConfig', instrumentationSchema, config)
      run()
    },
  }
  if (settings.enabled) instrumentation.enable()
  return instrumentation
}

const REPLACED =
  'createInstrumentation: another instrumentation of mcp-resource-server was enabled, and has been disabled; ' +
  'otherwise every span and metric would be recorded twice. Create one instrumentation'
