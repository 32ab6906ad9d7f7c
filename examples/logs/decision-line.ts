/** What a log line says about a decision. It has no token, no header, and nothing about the user. */
import { isSpanContextValid, trace } from '@opentelemetry/api'
import type { DecisionEvent } from 'mcp-resource-server/telemetry'

// #region level
export type Level = 'info' | 'warn' | 'error'

/** Refusals that are a part of every login, or whose answer nobody reads. */
const USUAL: ReadonlySet<string | undefined> = new Set([
  'credentials_missing',
  'token_expired',
  'scope_missing',
  'dpop_nonce_missing',
  'request_aborted',
])

/** By outcome. An alert on `error` wakes somebody who can mend this server or its authorization server. */
export function levelOf({ outcome, reason }: DecisionEvent): Level {
  if (outcome === 'allowed' || USUAL.has(reason)) return 'info'
  return outcome === 'unavailable' ? 'error' : 'warn'
}
// #endregion

// #region fields
/** The fields of a line. A field that is `undefined` does not appear in JSON. */
export function fieldsOf(event: DecisionEvent) {
  return {
    correlation_id: event.correlationId,
    ...traceIds(),
    outcome: event.outcome,
    status: event.status,
    reason: event.reason,
    near_miss: event.nearMiss,
    detail: event.detail,
    operations: event.operations,
    issuer: event.issuer,
    client_id: event.clientId,
    cache: event.cache,
    duration_ms: Math.round(event.duration * 1000) / 1000,
  }
}
// #endregion

/** A few words for people, such as `challenged 401 token_expired`. */
export function messageOf({ outcome, status, reason }: DecisionEvent): string {
  return [outcome, status, reason].filter((part) => part !== undefined).join(' ')
}

/**
 * The ids of the active trace, under the names that OpenTelemetry has for logs
 * (https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/). Nothing, if no trace is
 * active.
 */
function traceIds(): { readonly trace_id?: string; readonly span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext()
  if (span === undefined || !isSpanContextValid(span)) return {}
  return { trace_id: span.traceId, span_id: span.spanId }
}
