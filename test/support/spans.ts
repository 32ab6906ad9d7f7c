/** Collects the spans of this package. vitest.config.ts keeps the files that import this one apart from all others. */
import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { afterAll, beforeEach } from 'vitest'
import {
  createInstrumentation,
  type Instrumentation,
  type InstrumentationOptions,
} from '../../src/opentelemetry/index.ts'

export interface CollectedSpans {
  readonly instrumentation: Instrumentation
  /** The finished spans, in the order of their ends. */
  all(): readonly ReadableSpan[]
  /** The only span with this name. */
  one(name: string): ReadableSpan
  names(): readonly string[]
  /** The name of the span's parent; `undefined` for a root. */
  parentOf(name: string): string | undefined
}

export function collectSpans(options: InstrumentationOptions = {}): CollectedSpans {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()]
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }))
  trace.setGlobalTracerProvider(provider)
  const instrumentation = createInstrumentation(options)
  beforeEach(() => exporter.reset())
  afterAll(async () => {
    instrumentation.disable()
    context.disable()
    propagation.disable()
    trace.disable()
    metrics.disable()
    await provider.shutdown()
  })
  const all = (): readonly ReadableSpan[] => exporter.getFinishedSpans()
  const one = (name: string): ReadableSpan => {
    const [span, ...more] = all().filter((each) => each.name === name)
    if (span !== undefined && more.length === 0) return span
    throw new Error(`not one span ${name}, but: ${all().map((each) => each.name)}`)
  }
  return {
    instrumentation,
    all,
    one,
    names: () => all().map(({ name }) => name),
    parentOf: (name) => {
      const parent = one(name).parentSpanContext?.spanId
      return all().find((each) => each.spanContext().spanId === parent)?.name
    },
  }
}
