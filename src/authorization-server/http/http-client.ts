import '../../node-version/require-node.ts'
import { UnavailableError } from '../../errors/unavailable-error.ts'
import { currentRequest } from '../../telemetry/current-request.ts'
import type { OutboundEvent } from '../../telemetry/events.ts'
import { publishOutbound } from '../../telemetry/publish.ts'
import { requestsObserved, traceCall } from '../../telemetry/run-traces.ts'
import { noteInTrace, type OutboundTrace } from '../../telemetry/traces.ts'
import type { Use } from './connections.ts'
import { CallFailure, codeOf, describeFailure, typeOfFailure } from './failure-words.ts'
import { type HttpLimits, viaFetch } from './fetch-transport.ts'
import type { HttpCall, HttpReply } from './http-call.ts'
import { Lanes, type Target } from './lanes.ts'
import type { HttpSettings } from './options.ts'
import { viaUndici } from './undici-transport.ts'

/** @internal */
export interface HttpClient {
  /** Makes a call. @throws {UnavailableError} if there is no complete answer within the limits */
  call(call: HttpCall): Promise<HttpReply>
  /** Opens new connections for later calls to an issuer. On the old connections, a call may get the answer of another call. */
  distrust(issuer: string): void
  /** The option that replaces the connections of this package; `undefined` if there is none. */
  readonly replacedBy: 'http.fetch' | 'http.dispatcher' | undefined
  /** Whether `close()` was called. */
  readonly closed: boolean
  /** Aborts the running calls, and refuses later calls. */
  close(): Promise<void>
}

/** Error codes of a connection that the other side closed, perhaps before it read the request. */
const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** Makes the HTTP client. All calls to authorization servers go through it. @internal */
export function createHttpClient(options: HttpSettings): HttpClient {
  const { reuseConnections: reuse, maxPending, maxResponseSize } = options
  const timeout = options.timeout * 1000
  const connectTimeout = options.connectTimeout * 1000
  const headersTimeout = options.headersTimeout * 1000
  const lanes = new Lanes(options)
  const underWay = new Set<AbortController>()
  let closed = false

  function send(call: HttpCall, target: Target, limits: HttpLimits): Promise<HttpReply> {
    // Do not send a token when no caller waits for the answer.
    if (call.signal?.aborted) return Promise.reject(call.signal.reason)
    if (options.fetch !== undefined) return viaFetch(options.fetch, call, limits)
    const { lane, origin, path } = target
    const { dispatcher: given } = options
    if (call.certificate !== undefined) lane.connections.present(call.certificate)
    const use = (): Use =>
      given === undefined ? lane.connections.use() : { dispatcher: given, leave() {}, replace() {} }
    const { slots } = lane
    const route = { use, given: given !== undefined, slots, origin, path, reuse, connectTimeout }
    return viaUndici(call, route, limits)
  }

  async function attempt(call: HttpCall, target: Target): Promise<HttpReply> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new CallFailure('timed out')), timeout)
    const limits = { headersTimeout, maxResponseSize, signal: deadline.signal }
    const { connections } = target.lane
    const used = connections.current
    underWay.add(deadline)
    try {
      return await send(call, target, limits)
    } catch (error) {
      // Try once more within the same deadline, because servers often close an idle connection. Every
      // call may be repeated. At worst a repeated token exchange issues a second token.
      if (deadline.signal.aborted || !DROPPED.has(codeOf(error))) throw error
      // The other idle connections are probably closed too, so replace all of them. Nothing happens if
      // another failed call has replaced them already.
      connections.replace(used)
      return await send(call, target, limits)
    } finally {
      underWay.delete(deadline)
      clearTimeout(timer)
    }
  }

  return {
    replacedBy: options.fetch ? 'http.fetch' : options.dispatcher ? 'http.dispatcher' : undefined,
    async call(call) {
      if (closed) throw new UnavailableError('closed', `${call.purpose}: close() was called`)
      const target = lanes.targetOf(call)
      const { lane } = target
      if (lane.pending >= maxPending) {
        const message = `${maxPending} calls to ${call.issuer} (${call.lane}) are pending; http.maxPending allows no more`
        throw new UnavailableError('overloaded', message, { retryAfter: 1 })
      }
      lane.pending += 1
      try {
        const work = (): Promise<HttpReply> => attempt(call, target)
        return await (requestsObserved() ? observeCall(call, work) : work())
      } catch (error) {
        const reason = call.signal?.aborted === true ? 'request_aborted' : call.failure
        const message = `${call.purpose} of ${call.issuer}: ${failureOf(error, call)}`
        throw new UnavailableError(reason, message)
      } finally {
        lane.pending -= 1
      }
    },
    distrust(issuer) {
      lanes.replaceConnections(issuer)
    },
    get closed() {
      return closed
    },
    async close() {
      closed = true
      for (const deadline of underWay) deadline.abort(new CallFailure('close() was called'))
      await lanes.destroy()
    },
  }
}

function failureOf(error: unknown, call: HttpCall): string {
  return call.signal?.aborted === true
    ? 'no caller waits for the answer any more'
    : describeFailure(error, call)
}

/** Makes a call, traces it, and publishes its {@link OUTBOUND_CHANNEL} event. */
async function observeCall(call: HttpCall, work: () => Promise<HttpReply>): Promise<HttpReply> {
  const { purpose, issuer, method } = call
  const correlationId = currentRequest()?.correlationId
  const url = call.url.replace(/\?.*$/s, '')
  const trace: OutboundTrace = { correlationId, purpose, issuer, method, url }
  const started = performance.now()
  return traceCall(trace, async () => {
    let status: number | undefined
    let failure: string | undefined
    let errorType: string | undefined
    try {
      const reply = await work()
      status = reply.status
      if (status >= 400) errorType = String(status)
      return reply
    } catch (error) {
      failure = failureOf(error, call)
      errorType = typeOfFailure(failure)
      throw error
    } finally {
      const duration = performance.now() - started
      const made: OutboundEvent = {
        purpose,
        issuer,
        method,
        url,
        status,
        error: failure,
        correlationId,
        duration,
      }
      noteInTrace(trace, { call: made, errorType })
      publishOutbound(made)
    }
  })
}
