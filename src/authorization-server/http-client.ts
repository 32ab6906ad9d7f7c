import { type Dispatcher, Pool } from 'undici'
import { UnavailableError, type UnavailableReason } from '../errors.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import type { OutboundEvent } from '../telemetry/events.ts'
import { outboundObserved, publishOutbound } from '../telemetry/publish.ts'

/** How this server speaks to authorization servers. */
export interface HttpOptions {
  /**
   * Used in place of the built-in client, for example to go through an instrumented one. Redirects
   * are not followed whatever it would like, and the limits below hold, except `connections` and
   * `connectTimeout`, which are its own affair.
   */
  readonly fetch?: typeof globalThis.fetch
  /**
   * An undici dispatcher in place of the built-in pools: a `ProxyAgent`, an `Agent` with a private
   * certificate authority, a `MockAgent` in tests. Not closed by `close()`.
   */
  readonly dispatcher?: Dispatcher
  /** Seconds to open a connection; default 5. */
  readonly connectTimeout?: number
  /** Seconds from the request to the answer's headers; default 5. */
  readonly headersTimeout?: number
  /** Seconds for the whole call, a retry included; default 10. */
  readonly timeout?: number
  /** Connections to one origin; default 16. */
  readonly connections?: number
  /**
   * Calls under way or waiting at one time, to all authorization servers together; one more is
   * refused with 503. Default 1024.
   */
  readonly maxPending?: number
  /** Bytes of an answer's body; default 1 MiB. */
  readonly maxResponseSize?: number
}

/** @internal */
export interface HttpCall {
  readonly purpose: OutboundEvent['purpose']
  readonly issuer: string
  /** What it means when the call fails. */
  readonly failure: UnavailableReason
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly correlationId?: string | undefined
}

/** @internal */
export interface HttpReply {
  readonly status: number
  readonly contentType: string | undefined
  /** Seconds, where the server gave them as a number. */
  readonly retryAfter: number | undefined
  readonly body: Uint8Array
}

/** @internal */
export interface HttpClient {
  /** @throws {UnavailableError} when no complete answer within the limits came */
  call(call: HttpCall): Promise<HttpReply>
  close(): Promise<void>
}

interface Limits {
  readonly headersTimeout: number
  readonly maxResponseSize: number
  readonly signal: AbortSignal
}

type Send = (call: HttpCall, limits: Limits) => Promise<HttpReply>

/** A connection that the other side let go of: the request may not have been seen. */
const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

class BodyTooLarge extends Error {}

/** The one way out. @internal */
export function createHttpClient(options: HttpOptions = {}): HttpClient {
  const timeout = (options.timeout ?? 10) * 1000
  const maxPending = options.maxPending ?? 1024
  const pools = new Map<string, Pool>()
  const send = options.fetch === undefined ? viaUndici(options, pools) : viaFetch(options.fetch)
  const headersTimeout = (options.headersTimeout ?? 5) * 1000
  const maxResponseSize = options.maxResponseSize ?? 1024 * 1024
  let pending = 0

  async function attempt(call: HttpCall): Promise<HttpReply> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new Error('timed out')), timeout)
    const limits = { headersTimeout, maxResponseSize, signal: deadline.signal }
    try {
      return await send(call, limits)
    } catch (error) {
      // Once more, within the same deadline: a kept connection that the server had just closed is
      // ordinary. Every call here may be repeated: reading documents and asking about a token.
      if (deadline.signal.aborted || !DROPPED.has(codeOf(error))) throw error
      // The other kept connections to this origin are likely to be dead as well.
      const { origin } = new URL(call.url)
      pools
        .get(origin)
        ?.close()
        .catch(() => {})
      pools.delete(origin)
      return await send(call, limits)
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async call(call) {
      if (pending >= maxPending) {
        throw new UnavailableError(
          'overloaded',
          `${maxPending} calls to ${call.issuer} are pending`,
          {
            retryAfter: 1,
          },
        )
      }
      pending += 1
      const started = outboundObserved() ? performance.now() : undefined
      let status: number | undefined
      let failure: string | undefined
      try {
        const reply = await attempt(call)
        status = reply.status
        return reply
      } catch (error) {
        failure = describe(error)
        throw new UnavailableError(call.failure, `${call.purpose} of ${call.issuer}: ${failure}`)
      } finally {
        pending -= 1
        if (started !== undefined) publishOutbound(event(call, status, failure, started))
      }
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
      pools.clear()
    },
  }
}

function viaUndici(options: HttpOptions, pools: Map<string, Pool>): Send {
  function dispatcherFor(origin: string): Dispatcher {
    if (options.dispatcher !== undefined) return options.dispatcher
    let pool = pools.get(origin)
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: options.connections ?? 16,
        // Two requests on one connection at a time could get each other's answers: here, another
        // caller's identity.
        pipelining: 1,
        connect: { timeout: (options.connectTimeout ?? 5) * 1000 },
      })
      pools.set(origin, pool)
    }
    return pool
  }

  // `dispatch` is what undici's `request` stands on. The stream that `request` makes of each answer
  // costs as much as the rest of the call.
  return (call, { headersTimeout, maxResponseSize, signal }) =>
    new Promise((resolve, reject) => {
      const { origin, pathname, search } = new URL(call.url)
      const chunks: Buffer[] = []
      let size = 0
      let head: Omit<HttpReply, 'body'> | undefined
      // A call that waits for a connection has nothing to abort yet.
      let leave: (error: Error) => void = reject
      signal.addEventListener('abort', () => leave(signal.reason), { once: true })
      dispatcherFor(origin).dispatch(
        {
          origin,
          path: `${pathname}${search}`,
          method: call.method,
          headers: call.headers,
          body: call.body ?? null,
          headersTimeout,
        },
        {
          onRequestStart(controller) {
            if (signal.aborted) controller.abort(signal.reason)
            else leave = (error) => controller.abort(error)
          },
          onResponseStart(_, statusCode, headers) {
            head = {
              status: statusCode,
              contentType: one(headers['content-type']),
              retryAfter: wholeSeconds(one(headers['retry-after'])),
            }
          },
          onResponseData(controller, chunk) {
            size += chunk.length
            if (size > maxResponseSize) controller.abort(new BodyTooLarge())
            else chunks.push(chunk)
          },
          onResponseEnd() {
            const [first] = chunks
            const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
            if (head === undefined) reject(new Error('an end without a beginning'))
            else resolve({ ...head, body })
          },
          onResponseError(_, error) {
            reject(error)
          },
        },
      )
    })
}

function viaFetch(fetch: typeof globalThis.fetch): Send {
  return async (call, limits) => {
    const reply = await withHeadersTimeout(limits, (signal) =>
      fetch(call.url, {
        method: call.method,
        headers: call.headers,
        body: call.body ?? null,
        // An answer that sends us elsewhere is an answer that is not 200.
        redirect: 'manual',
        signal,
      }),
    )
    const chunks: Uint8Array[] = []
    let size = 0
    const reader = reply.body?.getReader()
    try {
      while (reader !== undefined) {
        const { done, value } = await leaveOnAbort(reader.read(), limits.signal)
        if (done) break
        size += value.length
        if (size > limits.maxResponseSize) throw new BodyTooLarge()
        chunks.push(value)
      }
    } catch (error) {
      reader?.cancel().catch(() => {})
      throw error
    }
    return {
      status: reply.status,
      contentType: reply.headers.get('content-type') ?? undefined,
      retryAfter: wholeSeconds(reply.headers.get('retry-after') ?? undefined),
      body: Buffer.concat(chunks),
    }
  }
}

async function withHeadersTimeout<T>(
  limits: Limits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const early = new AbortController()
  const timer = setTimeout(() => early.abort(new Error('timed out')), limits.headersTimeout)
  try {
    const signal = AbortSignal.any([limits.signal, early.signal])
    // A `fetch` of somebody else's making may not listen to its signal.
    return await leaveOnAbort(work(signal), signal)
  } finally {
    clearTimeout(timer)
  }
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function wholeSeconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) : undefined
}

/** The system's or undici's code of an error, or of what lies behind a `fetch failed`. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return ''
}

/** Codes and words of our own: messages of other libraries may quote headers or bodies. */
function describe(error: unknown): string {
  if (error instanceof BodyTooLarge) return 'the answer is larger than http.maxResponseSize'
  const code = codeOf(error)
  if (code !== '') return code
  return error instanceof Error && error.message === 'timed out' ? 'timed out' : 'the call failed'
}

function event(
  call: HttpCall,
  status: number | undefined,
  error: string | undefined,
  started: number,
): OutboundEvent {
  return {
    purpose: call.purpose,
    issuer: call.issuer,
    method: call.method,
    url: call.url.replace(/\?.*$/s, ''),
    status,
    error,
    correlationId: call.correlationId,
    duration: performance.now() - started,
  }
}
