/**
 * Searches the spans and metrics of OpenTelemetry. A file that has no SDK of its own gets one here, so that
 * every test shows what an operator would export.
 */
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { SimpleSpanProcessor, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { createInstrumentation } from '../../../src/opentelemetry/index.ts'
import type { SecretWatch } from './watch.ts'

/** A finished span, without the resource and the processor. */
interface Finished {
  readonly name: string
  readonly attributes: unknown
  readonly events: unknown
  readonly links: unknown
  readonly status: unknown
}

/** A reader that collects when it is asked. */
class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}

function search(watch: SecretWatch, span: unknown): void {
  const { name, attributes, events, links, status } = span as Finished
  watch.leaves('a span', [name, attributes, events, links, status])
}

/** Searches the spans and metrics that the SDKs of the tests themselves collect. Called once in a process. */
export function searchCollected(watch: SecretWatch): void {
  const end = SimpleSpanProcessor.prototype.onEnd
  SimpleSpanProcessor.prototype.onEnd = function onEnd(...args: Parameters<typeof end>) {
    search(watch, args[0])
    return end.apply(this, args)
  }
  const collect = MetricReader.prototype.collect
  MetricReader.prototype.collect = async function collected(...args) {
    const result = await collect.apply(this, args)
    watch.leaves('the metrics', result.resourceMetrics.scopeMetrics)
    return result
  }
}

/** Makes spans and metrics of everything that a file does, and searches them. Returns the end. */
export function collectTelemetry(watch: SecretWatch): () => Promise<void> {
  const processor: SpanProcessor = {
    onStart() {},
    onEnd: (span) => search(watch, span),
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const reader = new Reader()
  const spans = new TracerProvider({ spanProcessors: [processor] })
  const meters = new MeterProvider({ readers: [reader] })
  const instrumentation = createInstrumentation({ enabled: false, resourceUris: true })
  instrumentation.setTracerProvider(spans)
  instrumentation.setMeterProvider(meters)
  instrumentation.enable()
  return async () => {
    await reader.collect()
    instrumentation.disable()
    await spans.shutdown()
    await meters.shutdown()
  }
}
