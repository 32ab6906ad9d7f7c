import '../node-version/require-node.ts'
import type { Dispatcher } from 'undici'
// Bun puts a stand-in without `dispatch` in the place of the bare name; this is the package itself.
import { Pool } from 'undici/index.js'
import { UnavailableError } from '../errors.ts'
import type { OutboundEvent } from '../telemetry/events.ts'
import { outboundObserved, publishOutbound } from '../telemetry/publish.ts'
import { BodyTooLarge, type HttpLimits, viaFetch, wholeSeconds } from './fetch-transport.ts'
import type { HttpCall, HttpReply } from './http-call.ts'
import { Slots } from './slots.ts'

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
   * certificate authority, a `MockAgent` in tests. Of undici 7 or later. Not closed by `close()`.
   */
  readonly dispatcher?: Dispatcher
  /** Seconds to open a connection; default 5. */
  readonly connectTimeout?: number
  /** Seconds from the request to the answer's headers; default 5. */
  readonly headersTimeout?: number
  /** Seconds for the whole call, a retry included; default 10. */
  readonly timeout?: number
  /**
   * Calls under way to one origin at one time, and connections to it; default 16. Documents and
   * questions about tokens are counted apart.
   */
  readonly connections?: number
  /**
   * Calls under way or waiting at one time, to one origin; one more is refused with 503. Documents
   * and questions about tokens are counted apart. Default 1024.
   */
  readonly maxPending?: number
  /** Bytes of an answer's body; default 1 MiB. */
  readonly maxResponseSize?: number
}

/** @internal */
export interface HttpClient {
  /** @throws {UnavailableError} when no complete answer within the limits came */
  call(call: HttpCall): Promise<HttpReply>
  close(): Promise<void>
}

/** A connection that the other side let go of: the request may not have been seen. */
const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/**
 * The calls of one kind to one origin. Those about tokens have a lane of their own, since strangers
 * can cause any number of them: they must not stand in the way of fetching keys.
 */
interface Lane {
  pending: number
  readonly slots: Slots
  pool: Pool | undefined
}

/** A URL that is called, taken apart. */
interface Target {
  readonly lane: Lane
  readonly origin: string
  readonly path: string
}

const MOST_TARGETS = 64

/** The one way out. @internal */
export function createHttpClient(options: HttpOptions = {}): HttpClient {
  const timeout = (options.timeout ?? 10) * 1000
  const maxPending = options.maxPending ?? 1024
  const headersTimeout = (options.headersTimeout ?? 5) * 1000
  const maxResponseSize = options.maxResponseSize ?? 1024 * 1024
  const lanes = new Map<string, Lane>()
  const targets = new Map<string, Target>()

  function targetOf({ purpose, url }: HttpCall): Target {
    const documents = purpose === 'discovery' || purpose === 'key set'
    const kind = documents ? 'documents' : 'tokens'
    let target = targets.get(`${kind} ${url}`)
    if (target === undefined) {
      const { origin, pathname, search } = new URL(url)
      const lane = lanes.get(`${kind} ${origin}`) ?? {
        pending: 0,
        slots: new Slots(options.connections ?? 16),
        pool: undefined,
      }
      lanes.set(`${kind} ${origin}`, lane)
      target = { lane, origin, path: `${pathname}${search}` }
      // A few at most are in use; discovery may name others in the course of years.
      if (targets.size >= MOST_TARGETS) targets.clear()
      targets.set(`${kind} ${url}`, target)
    }
    return target
  }

  function send(call: HttpCall, target: Target, limits: HttpLimits): Promise<HttpReply> {
    return options.fetch === undefined
      ? viaUndici(call, target, limits, options)
      : viaFetch(options.fetch, call, limits)
  }

  async function attempt(call: HttpCall, target: Target): Promise<HttpReply> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new Error('timed out')), timeout)
    const limits = { headersTimeout, maxResponseSize, signal: deadline.signal }
    const { lane } = target
    const { pool } = lane
    try {
      return await send(call, target, limits)
    } catch (error) {
      // Once more, within the same deadline: a kept connection that the server had just closed is
      // ordinary. Every call here may be repeated: reading documents, asking about a token, and
      // exchanging one, which at worst makes a second token.
      if (deadline.signal.aborted || !DROPPED.has(codeOf(error))) throw error
      // The other kept connections are likely to be dead as well, unless another call that found
      // this out has replaced them already.
      if (pool !== undefined && lane.pool === pool) {
        lane.pool = undefined
        pool.close().catch(() => {})
      }
      return await send(call, target, limits)
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async call(call) {
      const target = targetOf(call)
      const { lane } = target
      if (lane.pending >= maxPending) {
        const message = `${maxPending} calls to ${call.issuer} are pending (http.maxPending)`
        throw new UnavailableError('overloaded', message, { retryAfter: 1 })
      }
      lane.pending += 1
      const started = outboundObserved() ? performance.now() : undefined
      let status: number | undefined
      let failure: string | undefined
      try {
        const reply = await attempt(call, target)
        status = reply.status
        return reply
      } catch (error) {
        failure = describe(error)
        throw new UnavailableError(call.failure, `${call.purpose} of ${call.issuer}: ${failure}`)
      } finally {
        lane.pending -= 1
        if (started !== undefined) publishOutbound(event(call, status, failure, started))
      }
    },
    async close() {
      await Promise.all([...lanes.values()].map(({ pool }) => pool?.destroy()))
      lanes.clear()
    },
  }
}

function dispatcherOf(lane: Lane, origin: string, options: HttpOptions): Dispatcher {
  if (options.dispatcher !== undefined) return options.dispatcher
  lane.pool ??= new Pool(origin, {
    connections: options.connections ?? 16,
    // Two requests on one connection at a time could get each other's answers: here, another
    // caller's identity.
    pipelining: 1,
    connect: { timeout: (options.connectTimeout ?? 5) * 1000 },
  })
  return lane.pool
}

/**
 * `dispatch` is what undici's `request` stands on. The stream that `request` makes of each answer
 * costs as much as the rest of the call. No more calls are handed to undici than it has connections
 * for: what waits in its own queue cannot be taken back.
 */
async function viaUndici(
  call: HttpCall,
  { lane, origin, path }: Target,
  { headersTimeout, maxResponseSize, signal }: HttpLimits,
  options: HttpOptions,
): Promise<HttpReply> {
  const turn = lane.slots.take(signal)
  if (turn !== undefined) await turn
  const chunks: Buffer[] = []
  let size = 0
  let head: Omit<HttpReply, 'body'> | undefined
  return new Promise((resolve, reject) => {
    // Until a connection stands there is nothing to abort; the place is given back when undici is
    // done with the call, not when the caller is.
    let leave: (error: Error) => void = reject
    signal.addEventListener('abort', () => leave(signal.reason), { once: true })
    const done = (): void => lane.slots.give()
    try {
      dispatcherOf(lane, origin, options).dispatch(
        {
          origin,
          path,
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
          onResponseStart(_, status, headers) {
            head = {
              status,
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
            done()
            const [first] = chunks
            const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
            if (head === undefined) reject(new Error('an end without a beginning'))
            else resolve({ ...head, body })
          },
          onResponseError(_, error) {
            done()
            reject(error)
          },
        },
      )
    } catch (error) {
      done()
      reject(error)
    }
  })
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
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
