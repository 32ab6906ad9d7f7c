import {
  type Context,
  context,
  isSpanContextValid,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api'
import type { TraceCarrier } from '../telemetry/trace-runner.ts'
import type { InstrumentationSettings } from './options-schema.ts'

/** The place of an operation's span: its parent, and its links. @internal */
export interface OperationPlace {
  readonly parent: Context
  readonly links: Link[]
}

/**
 * Finds the parent of an operation's span. The caller's trace context comes first, then the active span,
 * then the span of the gate. OpenTelemetry's conventions for MCP ask for a link to the active span if the
 * caller's span is the parent: an HTTP request may carry several messages.
 *
 * @param gate the span of the gate that let the message through
 * @internal
 */
export function placeOperation(
  carrier: TraceCarrier | undefined,
  gate: SpanContext | undefined,
  mode: InstrumentationSettings['traceContext'],
): OperationPlace {
  const active = context.active()
  const ambient = trace.getSpanContext(active) ?? gate
  const here = ambient === undefined ? active : trace.setSpanContext(active, ambient)
  const joined = carrier && mode !== 'ignore' ? joinedContext(carrier, active) : undefined
  const remote = joined && remoteIn(joined)
  if (joined === undefined || remote === undefined) return { parent: here, links: [] }
  if (mode === 'link') return { parent: here, links: [{ context: remote }] }
  return { parent: joined, links: ambient === undefined ? [] : [{ context: ambient }] }
}

/** The span of the caller, if the carrier has one. @internal */
export function remoteSpanIn(carrier: TraceCarrier): SpanContext | undefined {
  return remoteIn(joinedContext(carrier, ROOT_CONTEXT))
}

/** A context with what the user's propagators find in the carrier. */
function joinedContext(carrier: TraceCarrier, from: Context): Context {
  return propagation.extract(trace.deleteSpan(from), carrier, {
    get: (read, name) => read.get(name),
    keys: (read) => read.names(),
  })
}

function remoteIn(joined: Context): SpanContext | undefined {
  const found = trace.getSpanContext(joined)
  return found !== undefined && isSpanContextValid(found) ? found : undefined
}
