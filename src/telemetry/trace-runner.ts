import type { OperationTrace, OutboundTrace, RequestTrace, VerificationTrace } from './traces.ts'
import { warnOnce } from './warnings.ts'

/** The request that the running code works for. Code of lower rooms reads its id here. @internal */
export interface CurrentRequest {
  readonly correlationId: string
  /** Whether the verification came from the cache. */
  cache?: 'hit' | 'miss'
  /** The verification of another request, if this request waits for it. */
  joined?: VerificationTrace | undefined
  /** The trace context in `_meta` of the message in the body, if the token of the caller is good. */
  carrier?: TraceCarrier
}

/** Where a propagator finds the trace context of a caller: text by name. @internal */
export interface TraceCarrier {
  get(name: string): string | undefined
  names(): string[]
}

/** What a runner does for one trace. @internal */
export interface TraceScope {
  /** Runs work inside the context of the trace. */
  run(work: () => void): void
  /** Ends the trace. Its message is complete. */
  end(): void
}

/**
 * Runs the work of traces inside a context, such as that of a span. A subscriber of a tracing channel only
 * sees the work begin and end.
 *
 * A runner cannot change or delay a decision: it never gets the result of the work, and nobody waits for it.
 * If a method throws, or does not run the work, the work runs without it.
 *
 * @internal
 */
export interface TraceRunner {
  request(trace: RequestTrace, request: CurrentRequest): TraceScope
  verification(trace: VerificationTrace): TraceScope
  call(trace: OutboundTrace): TraceScope
  /** @param carrier the trace context in `_meta` of the message, if the message was not refused */
  operation(trace: OperationTrace, carrier: TraceCarrier | undefined): TraceScope
  /** Runs work that belongs to no trace. */
  outside(work: () => void): void
}

/** The runner of `mcp-resource-server/opentelemetry`. */
let runner: TraceRunner | undefined

/** Sets the runner of all traces; `undefined` removes it. @internal */
export function runTracesWith(next: TraceRunner | undefined): void {
  runner = next
}

/** Whether there is a runner. @internal */
export function tracesRun(): boolean {
  return runner !== undefined
}

/** Runs work in the scope of a trace, if there is a runner. @internal */
export function runInScope<T>(
  begin: (runner: TraceRunner) => TraceScope,
  work: () => Promise<T>,
): Promise<T> {
  const used = runner
  if (used === undefined) return work()
  let scope: TraceScope | undefined
  tried(used, () => {
    scope = begin(used)
  })
  const begun = scope
  if (begun === undefined) return work()
  const running = runOnce(used, (once) => begun.run(once), work)
  const end = (): void => tried(used, () => begun.end())
  running.then(end, end)
  return running
}

/** Runs work that belongs to no trace. @internal */
export function runOutside<T>(work: () => T): T {
  const used = runner
  return used === undefined ? work() : runOnce(used, (once) => used.outside(once), work)
}

/** Runs work exactly once, whatever the runner does. */
function runOnce<T>(used: TraceRunner, run: (once: () => void) => void, work: () => T): T {
  let settled: { readonly result: T } | { readonly error: unknown } | undefined
  const once = (): void => {
    if (settled !== undefined) return
    try {
      settled = { result: work() }
    } catch (error) {
      settled = { error }
    }
  }
  tried(used, () => run(once))
  once()
  const result = settled as unknown as { readonly result: T } | { readonly error: unknown }
  if ('error' in result) throw result.error
  return result.result
}

/** Calls a runner. Its error becomes a process warning without the error's message, which may quote a token. */
function tried(about: TraceRunner, call: () => void): void {
  try {
    call()
  } catch {
    warnOnce(
      about,
      'MCP_TELEMETRY_FAILED',
      'the tracer or the context manager of OpenTelemetry threw an error; requests are decided as before, ' +
        'but spans may be missing',
    )
  }
}
