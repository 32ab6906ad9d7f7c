import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
// On Bun the name `undici` gives a stand-in without `dispatch`. This path gives the package itself.
import { buildConnector, Pool } from 'undici/index.js'
import { BodyTooLarge, type HttpLimits, Redirected, wholeSeconds } from './fetch-transport.ts'
import type { HttpCall, HttpReply } from './http-call.ts'
import type { Slots } from './slots.ts'

/** @internal */
export interface ConnectionOptions {
  /** Most connections at one time. */
  readonly connections: number
  /** Milliseconds. */
  readonly connectTimeout: number
  /** Whether a connection carries one call after the other. */
  readonly reuse: boolean
}

/** The connections of one lane to one origin: opened when first needed, kept, replaced, ended. @internal */
export class Connections {
  readonly #origin: string
  readonly #options: ConnectionOptions
  #pool: Pool | undefined
  /** Sockets that are being connected. undici would wait until each is connected or times out. */
  readonly #connecting = new Set<Socket>()

  constructor(origin: string, options: ConnectionOptions) {
    this.#origin = origin
    this.#options = options
  }

  /** The pool that calls use now, for {@link replace}. */
  get current(): Pool | undefined {
    return this.#pool
  }

  dispatcher(): Dispatcher {
    this.#pool ??= new Pool(this.#origin, {
      connections: this.#options.connections,
      // Two requests on one connection at a time could get each other's answers: here, another
      // caller's identity.
      pipelining: 1,
      connect: this.#connector(),
      ...(this.#options.reuse ? {} : { allowH2: false }),
    })
    return this.#pool
  }

  #connector(): buildConnector.connector {
    const { connectTimeout: timeout, reuse } = this.#options
    // Only HTTP/1.1 closes a connection on request.
    const connect = buildConnector({ timeout, ...(reuse ? {} : { allowH2: false }) })
    return (options, callback) => {
      // undici's connector returns the socket, though its type does not say so.
      const socket = connect(options, (...result) => {
        this.#connecting.delete(socket)
        callback(...result)
      }) as unknown as Socket
      this.#connecting.add(socket)
    }
  }

  /** Takes a pool out of use: further calls open new connections, calls under way go on. */
  replace(pool: Pool | undefined): void {
    if (pool === undefined || pool !== this.#pool) return
    this.#pool = undefined
    pool.close().catch(() => {})
  }

  /**
   * Ends all connections, once the calls under way have been aborted: those of replaced pools have
   * ended with their calls.
   */
  async destroy(): Promise<void> {
    const ended = this.#pool?.destroy()
    for (const socket of this.#connecting) socket.destroy()
    await ended
  }
}

/** @internal */
export interface UndiciRoute {
  readonly dispatcher: () => Dispatcher
  readonly slots: Slots
  readonly origin: string
  /** Path and query. */
  readonly path: string
  /** As {@link ConnectionOptions.reuse}. */
  readonly reuse: boolean
}

/**
 * Makes calls with undici's `dispatch`, which `request` is built on: the stream that `request` makes of
 * each answer would cost as much as the rest of the call. undici is never given more calls than it has
 * connections: a call in its own queue cannot be taken back.
 *
 * @internal
 */
export async function viaUndici(
  call: HttpCall,
  { dispatcher, slots, origin, path, reuse }: UndiciRoute,
  { headersTimeout, maxResponseSize, signal }: HttpLimits,
): Promise<HttpReply> {
  const turn = slots.take(signal, ...(call.signal === undefined ? [] : [call.signal]))
  if (turn !== undefined) {
    await turn
    if (signal.aborted || call.signal?.aborted) {
      slots.give()
      throw signal.reason ?? call.signal?.reason
    }
  }
  const chunks: Buffer[] = []
  let size = 0
  let head: Omit<HttpReply, 'body'> | undefined
  return new Promise((resolve, reject) => {
    // A call can be aborted only once its connection is open. So its place in the lane is free when
    // undici has ended the call, not when the caller has left.
    let leave: (error: Error) => void = reject
    signal.addEventListener('abort', () => leave(signal.reason), { once: true })
    const done = (): void => slots.give()
    try {
      dispatcher().dispatch(
        {
          origin,
          path,
          method: call.method,
          headers: call.headers,
          body: call.body ?? null,
          headersTimeout,
          ...(reuse ? {} : { reset: true }),
          // Switches off the redirect interceptor that the option `http.dispatcher` may have.
          ...{ maxRedirections: 0 },
        },
        {
          onRequestStart(controller, context: { history?: readonly URL[] } | undefined) {
            // Nothing has been sent yet, of this request or of a redirected one.
            if (signal.aborted) controller.abort(signal.reason)
            else if (call.signal?.aborted) controller.abort(call.signal.reason)
            else if (context?.history?.length) controller.abort(new Redirected('http.dispatcher'))
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
