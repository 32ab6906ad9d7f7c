import {
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { TraceRunner, TraceScope } from '../telemetry/trace-runner.ts'
import type {
  OperationTrace,
  OutboundTrace,
  RequestTrace,
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

  request(about: RequestTrace): TraceScope {
    return this.#begin('authorize', {}, (span) => {
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

  verification(_about: VerificationTrace): TraceScope {
    return this.#begin('verify token', {}, () => {})
  }

  call(about: OutboundTrace): TraceScope {
    return this.#begin(about.purpose, { kind: SpanKind.CLIENT }, (span) => {
      if (about.errorType !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
    })
  }

  operation(about: OperationTrace): TraceScope {
    return this.#begin('operation', { kind: SpanKind.SERVER }, (span) => {
      span.setAttribute('mcp.method.name', about.method)
    })
  }

  outside(work: () => void): void {
    context.with(ROOT_CONTEXT, work)
  }

  #begin(name: string, options: SpanOptions, describe: (span: Span) => void): TraceScope {
    const span = this.#tracer.startSpan(name, options)
    return {
      run: (work) => context.with(trace.setSpan(context.active(), span), work),
      end: () => {
        try {
          describe(span)
        } finally {
          span.end()
        }
      },
    }
  }
}
