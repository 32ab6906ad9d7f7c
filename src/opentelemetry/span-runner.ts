import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { createBoundedCache } from '../storage/bounded-cache.ts'
import type {
  CurrentRequest,
  TraceCarrier,
  TraceRunner,
  TraceScope,
} from '../telemetry/trace-runner.ts'
import type {
  OperationTrace,
  OutboundTrace,
  RequestTrace,
  VerificationTrace,
} from '../telemetry/traces.ts'
import type { InstrumentationSettings } from './options-schema.ts'
import {
  operationEnd,
  operationName,
  operationStart,
  outboundEnd,
  outboundStart,
  requestEnd,
  requestStart,
  verificationEnd,
} from './span-attributes.ts'
import { placeOperation, remoteSpanIn } from './trace-context.ts'

/**
 * The bounds of the memory of gates, in entries and in milliseconds. An operation finds the span of the gate
 * that allowed it here.
 */
const MOST_GATES = 1000
const GATE_MAX_AGE = 60_000

/** Runs each trace inside a span, and makes the span the active one for its work. @internal */
export class SpanRunner implements TraceRunner {
  readonly #tracer: Tracer
  readonly #settings: InstrumentationSettings
  readonly #gates = createBoundedCache<SpanContext>(MOST_GATES, Date.now)
  readonly #verifications = new WeakMap<VerificationTrace, SpanContext>()

  constructor(tracer: Tracer, settings: InstrumentationSettings) {
    this.#tracer = tracer
    this.#settings = settings
  }

  request(about: RequestTrace, request: CurrentRequest): TraceScope {
    const span = this.#start('authorize', { attributes: requestStart(about) })
    return scopeOf(span, context.active(), () => {
      const { decision, correlationId } = about
      if (decision?.outcome === 'allowed') {
        this.#gates.set(correlationId, span.spanContext(), Date.now() + GATE_MAX_AGE)
      }
      // The caller has left. That is not this server's fault.
      const failed = decision?.outcome === 'unavailable' && decision.reason !== 'request_aborted'
      finish(span, requestEnd(about, this.#settings), failed)
      this.#link(span, request)
    })
  }

  verification(about: VerificationTrace): TraceScope {
    const span = this.#start('verify token', {})
    this.#verifications.set(about, span.spanContext())
    return scopeOf(span, context.active(), () => {
      finish(span, verificationEnd(about), about.unavailable === true)
    })
  }

  call(about: OutboundTrace): TraceScope {
    const attributes = outboundStart(about)
    const span = this.#start(about.purpose, { kind: SpanKind.CLIENT, attributes })
    // Callers choose the baggage. It is no business of the authorization server.
    return scopeOf(span, propagation.deleteBaggage(context.active()), () => {
      finish(span, outboundEnd(about), about.errorType !== undefined)
    })
  }

  operation(about: OperationTrace, carrier: TraceCarrier | undefined): TraceScope {
    const gate =
      about.correlationId === undefined ? undefined : this.#gates.get(about.correlationId)
    const { parent, links } = placeOperation(carrier, gate, this.#settings.traceContext)
    const attributes = operationStart(about, this.#settings)
    const name = operationName(about)
    const span = this.#start(name, { kind: SpanKind.SERVER, attributes, links }, parent)
    return scopeOf(span, parent, () => {
      const { end } = about
      const next = operationName(about)
      if (next !== name) span.updateName(next)
      // A refusal is the caller's fault, unless its code is that of an outage.
      const refused = end?.outcome === 'refused' && end.errorCode !== 503
      finish(span, operationEnd(about), end?.errorType !== undefined && !refused)
    })
  }

  outside(work: () => void): void {
    context.with(ROOT_CONTEXT, work)
  }

  #start(name: string, options: SpanOptions, parent?: Context): Span {
    return this.#tracer.startSpan(name, options, parent ?? context.active())
  }

  /** Links the span of a request to the caller's span, and to the verification that it waited for. */
  #link(span: Span, { carrier, joined }: CurrentRequest): void {
    const follows = this.#settings.traceContext !== 'ignore'
    const caller = carrier && follows ? remoteSpanIn(carrier) : undefined
    if (caller !== undefined) span.addLink({ context: caller })
    const shared = joined && this.#verifications.get(joined)
    if (shared !== undefined) span.addLink({ context: shared })
  }
}

/** @param parent the context that the span is put into */
function scopeOf(span: Span, parent: Context, describe: () => void): TraceScope {
  return {
    run: (work) => context.with(trace.setSpan(parent, span), work),
    end() {
      try {
        if (span.isRecording()) describe()
      } finally {
        span.end()
      }
    },
  }
}

function finish(span: Span, attributes: Attributes, failed: boolean): void {
  span.setAttributes(attributes)
  // Without a message, which may quote what others have sent.
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
}
