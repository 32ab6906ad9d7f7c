import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { type CurrentRequest, currentRequest, withinRequest } from './current-request.ts'
import { decisionsObserved, outboundObserved } from './publish.ts'
import { runInScope, type TraceCarrier, tracesRun } from './trace-runner.ts'
import {
  noteInTrace,
  OPERATION_TRACE,
  type OperationTrace,
  OUTBOUND_TRACE,
  type OutboundTrace,
  REQUEST_TRACE,
  type RequestTrace,
  VERIFICATION_TRACE,
  type VerificationTrace,
} from './traces.ts'

const requests = tracingChannel<object, RequestTrace>(REQUEST_TRACE)
const verifications = tracingChannel<object, VerificationTrace>(VERIFICATION_TRACE)
const calls = tracingChannel<object, OutboundTrace>(OUTBOUND_TRACE)
const operations = tracingChannel<object, OperationTrace>(OPERATION_TRACE)

/** Whether anybody listens to an event or trace that needs the current request. @internal */
export function requestsObserved(): boolean {
  return (
    tracesRun() ||
    decisionsObserved() ||
    outboundObserved() ||
    isObserved(requests) ||
    isObserved(verifications) ||
    isObserved(calls) ||
    isObserved(operations)
  )
}

/** Whether anybody listens to operations. @internal */
export function operationsObserved(): boolean {
  return tracesRun() || isObserved(operations)
}

/** Traces the checks of a request. @internal */
export function traceRequest<T>(
  trace: RequestTrace,
  request: CurrentRequest,
  work: () => Promise<T>,
): Promise<T> {
  return runInScope((runner) => runner.request(trace, request), observed(requests, trace, work))
}

/** Traces a verification. @internal */
export function traceVerification<T>(trace: VerificationTrace, work: () => Promise<T>): Promise<T> {
  const noted = async (): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      const challenged = error instanceof ChallengeError
      const reason = challenged || error instanceof UnavailableError ? error.reason : undefined
      noteInTrace(trace, { reason, unavailable: !challenged })
      throw error
    }
  }
  return runInScope((runner) => runner.verification(trace), observed(verifications, trace, noted))
}

/** Traces a call to an authorization server. @internal */
export function traceCall<T>(trace: OutboundTrace, work: () => Promise<T>): Promise<T> {
  return runInScope((runner) => runner.call(trace), observed(calls, trace, work))
}

/**
 * Traces an operation. It runs the work at once. The operation ends when the promise of the work settles.
 *
 * @param carrier the trace context in `_meta` of the message, if the message was not refused
 * @internal
 */
export function traceOperation(
  trace: OperationTrace,
  carrier: TraceCarrier | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const { correlationId } = trace
  const within = correlationId === undefined ? work : () => withinRequest({ correlationId }, work)
  return runInScope(
    (runner) => runner.operation(trace, carrier),
    observed(operations, trace, within),
  )
}

/** The trace of the verification that the current request begins. @internal */
export function createVerificationTrace(): VerificationTrace {
  return { correlationId: currentRequest()?.correlationId }
}

/** Adds the events of a tracing channel to work, if anybody listens. */
function observed<Trace extends object, T>(
  channel: TracingChannel<object, Trace>,
  trace: Trace,
  work: () => Promise<T>,
): () => Promise<T> {
  return isObserved(channel) ? () => traced(channel, trace, work) : work
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
  const withoutResult = async (): Promise<void> => {
    try {
      results.push(await work())
    } catch (error) {
      failure = { error }
      throw withoutWords(error)
    }
  }
  await channel.tracePromise(withoutResult, trace).catch(() => {})
  if (failure !== undefined) throw failure.error
  return results[0] as T
}

/** Names of errors that JavaScript, Node and `fetch` throw. Any other name may quote a secret. */
const PLAIN_NAMES: ReadonlySet<string> = new Set([
  'AbortError',
  'AggregateError',
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TimeoutError',
  'TypeError',
  'URIError',
])

/**
 * The name and the reason of an error. Its message, its `cause` and a name of its own may quote a token. V8 keeps
 * the functions of a stack until the stack is first read, and the functions refer to the request and its token. So
 * the stack has no frames.
 */
function withoutWords(error: unknown): Error {
  const ours = error instanceof ChallengeError || error instanceof UnavailableError
  const name = error instanceof Error ? error.name : typeof error
  const shown = ours || !(error instanceof Error) || PLAIN_NAMES.has(name) ? name : 'Error'
  const message = ours ? error.reason : ''
  return Object.assign(new Error(message), { name: shown, stack: `${shown}: ${message}` })
}

/** Whether a tracing channel has subscribers. `TracingChannel.hasSubscribers` is missing in some runtimes. */
function isObserved({
  start,
  end,
  asyncStart,
  asyncEnd,
  error,
}: Pick<TracingChannel, 'start' | 'end' | 'asyncStart' | 'asyncEnd' | 'error'>): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  )
}
