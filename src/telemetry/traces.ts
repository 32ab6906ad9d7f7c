import { AsyncLocalStorage } from 'node:async_hooks'
import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import type { DecisionEvent, OutboundEvent } from './events.ts'
import { decisionsObserved, outboundObserved } from './publish.ts'

/**
 * Name of the tracing channel (`node:diagnostics_channel`) that traces each request, from its arrival
 * to the decision. The message of every event is a {@link RequestTrace}. The traces of
 * {@link VERIFICATION_TRACE} and {@link OUTBOUND_TRACE} are nested in it.
 *
 * @example
 * ```ts
 * import { tracingChannel } from 'node:diagnostics_channel'
 * import { REQUEST_TRACE, type RequestTrace } from 'mcp-resource-server/telemetry'
 *
 * tracingChannel<object, RequestTrace>(REQUEST_TRACE).asyncEnd.subscribe((message) => {
 *   const { correlationId, decision } = message as RequestTrace
 *   console.log(correlationId, decision?.outcome, decision?.duration)
 * })
 * ```
 */
export const REQUEST_TRACE = 'mcp-resource-server:request'

/**
 * Name of the tracing channel that traces each verification that the cache could not answer. The message
 * of every event is a {@link VerificationTrace}.
 */
export const VERIFICATION_TRACE = 'mcp-resource-server:verification'

/**
 * Name of the tracing channel that traces each call to an authorization server. The message of every
 * event is an {@link OutboundTrace}.
 */
export const OUTBOUND_TRACE = 'mcp-resource-server:outbound-call'

/** The message of {@link REQUEST_TRACE}. All events of one request have the same object. */
export interface RequestTrace {
  /** The id of the request. Its other traces have the same id, and so does an answer that refuses it. */
  readonly correlationId: string
  /** The protected resource. */
  readonly resource: string
  /** The HTTP method; `undefined` for a token that was verified without a request. */
  readonly method: string | undefined
  /** The decision. It is set before `asyncEnd` is published. */
  decision?: DecisionEvent
}

/** The message of {@link VERIFICATION_TRACE}. */
export interface VerificationTrace {
  /** The id of the first request that needed this verification. */
  readonly correlationId: string | undefined
}

/** The message of {@link OUTBOUND_TRACE}. */
export interface OutboundTrace {
  /** The id of the request that caused the call; `undefined` for a refresh in the background. */
  readonly correlationId: string | undefined
  readonly purpose: OutboundEvent['purpose']
  readonly issuer: string
  /** The finished call. It is set before `asyncEnd` is published. */
  call?: OutboundEvent
}

/**
 * Runs the work of traces, such as inside the context of a span. A subscriber of a tracing channel only
 * sees the work begin and end.
 *
 * @internal
 */
export interface TraceRunner {
  request<T>(trace: RequestTrace, work: () => Promise<T>): Promise<T>
  verification<T>(trace: VerificationTrace, work: () => Promise<T>): Promise<T>
  call<T>(trace: OutboundTrace, work: () => Promise<T>): Promise<T>
}

/** The runner of `mcp-resource-server/opentelemetry`. */
let runner: TraceRunner | undefined

/** Gives all traces to a runner; `undefined` takes them away again. @internal */
export function runTracesWith(next: TraceRunner | undefined): void {
  runner = next
}

const requests = tracingChannel<object, RequestTrace>(REQUEST_TRACE)
const verifications = tracingChannel<object, VerificationTrace>(VERIFICATION_TRACE)
const calls = tracingChannel<object, OutboundTrace>(OUTBOUND_TRACE)

/** The request that the running code works for. Events of lower rooms read its id here. @internal */
export interface CurrentRequest {
  readonly correlationId: string
  /** Whether the verification came from the cache. */
  cache?: 'hit' | 'miss'
}

const current = new AsyncLocalStorage<CurrentRequest | undefined>()

/** Whether anybody listens to an event or trace that needs the current request. @internal */
export function requestsObserved(): boolean {
  return (
    runner !== undefined ||
    decisionsObserved() ||
    outboundObserved() ||
    isObserved(requests) ||
    isObserved(verifications) ||
    isObserved(calls)
  )
}

/** The request that the running code works for; `undefined` if nobody listens. @internal */
export function currentRequest(): CurrentRequest | undefined {
  return current.getStore()
}

/** Runs work as part of a request. @internal */
export function withinRequest<T>(request: CurrentRequest, work: () => T): T {
  return current.run(request, work)
}

/** Runs work that belongs to no request, such as a refresh in the background. @internal */
export function outsideRequest<T>(work: () => T): T {
  return current.run(undefined, work)
}

/** @internal */
export function traceRequest<T>(trace: RequestTrace, work: () => Promise<T>): Promise<T> {
  const observed = isObserved(requests) ? () => traced(requests, trace, work) : work
  return runner === undefined ? observed() : runner.request(trace, observed)
}

/** @internal */
export function traceVerification<T>(work: () => Promise<T>): Promise<T> {
  if (runner === undefined && !isObserved(verifications)) return work()
  const trace = { correlationId: currentRequest()?.correlationId }
  const observed = isObserved(verifications) ? () => traced(verifications, trace, work) : work
  return runner === undefined ? observed() : runner.verification(trace, observed)
}

/** @internal */
export function traceCall<T>(trace: OutboundTrace, work: () => Promise<T>): Promise<T> {
  const observed = isObserved(calls) ? () => traced(calls, trace, work) : work
  return runner === undefined ? observed() : runner.call(trace, observed)
}

/**
 * Traces work. `tracePromise` puts the result and the error of its function into the message. The
 * answer of an authorization server may be a token, and the error of a user's verifier or `fetch` may
 * quote one. So the message gets no result, and only the name and the reason of an error.
 */
async function traced<Trace extends object, T>(
  channel: TracingChannel<object, Trace>,
  trace: Trace,
  work: () => Promise<T>,
): Promise<T> {
  const results: T[] = []
  let failure: { readonly error: unknown } | undefined
  const observed = async (): Promise<void> => {
    try {
      results.push(await work())
    } catch (error) {
      failure = { error }
      throw withoutWords(error)
    }
  }
  await channel.tracePromise(observed, trace).catch(() => {})
  if (failure !== undefined) throw failure.error
  return results[0] as T
}

/** The name and the reason of an error. Its message and its `cause` may quote a token. */
function withoutWords(error: unknown): Error {
  const ours = error instanceof ChallengeError || error instanceof UnavailableError
  const name = error instanceof Error ? error.name : typeof error
  return Object.assign(new Error(ours ? error.reason : ''), { name })
}

/** Whether a tracing channel has subscribers. `TracingChannel.hasSubscribers` is missing in some runtimes. */
function isObserved({
  start,
  end,
  asyncStart,
  asyncEnd,
  error,
}: typeof requests | typeof verifications | typeof calls): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  )
}
