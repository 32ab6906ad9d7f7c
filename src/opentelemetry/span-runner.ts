import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type {
  OutboundTrace,
  RequestTrace,
  TraceRunner,
  VerificationTrace,
} from '../telemetry/traces.ts'
import type { InstrumentationSettings } from './options-schema.ts'

/** Runs each trace inside a span, and makes the span the active one for its work. @internal */
export class SpanRunner implements TraceRunner {
  readonly #tracer: Tracer
  readonly #settings: InstrumentationSettings

  constructor(tracer: Tracer, settings: InstrumentationSettings) {
    this.#tracer = tracer
    this.#settings = settings
  }

  request<T>(about: RequestTrace, work: () => Promise<T>): Promise<T> {
    return this.#within('authorize', SpanKind.INTERNAL, work, (span) => {
      const { decision } = about
      span.setAttribute('mcp_resource_server.correlation_id', about.correlationId)
      if (decision === undefined) return
      span.setAttribute('mcp_resource_server.outcome', decision.outcome)
      if (decision.reason !== undefined) {
        span.setAttribute('mcp_resource_server.reason', decision.reason)
      }
      if (this.#settings.subject && decision.subject !== undefined) {
        span.setAttribute('enduser.id', decision.subject)
      }
      if (decision.outcome === 'unavailable') span.setStatus({ code: SpanStatusCode.ERROR })
    })
  }

  verification<T>(_about: VerificationTrace, work: () => Promise<T>): Promise<T> {
    return this.#within('verify token', SpanKind.INTERNAL, work, () => {})
  }

  call<T>(about: OutboundTrace, work: () => Promise<T>): Promise<T> {
    return this.#within(about.purpose, SpanKind.CLIENT, work, (span) => {
      if (about.call?.error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
    })
  }

  async #within<T>(
    name: string,
    kind: SpanKind,
    work: () => Promise<T>,
    describe: (span: Span) => void,
  ): Promise<T> {
    const span = this.#tracer.startSpan(name, { kind })
    try {
      return await context.with(trace.setSpan(context.active(), span), work)
    } finally {
      describe(span)
      span.end()
    }
  }
}
