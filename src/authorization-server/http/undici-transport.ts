import type { Dispatcher } from 'undici'
import type { Use } from './connections.ts'
import { BodyTooLarge, type HttpLimits, Redirected, wholeSeconds } from './fetch-transport.ts'
import type { HttpCall, HttpReply } from './http-call.ts'
import type { Slots } from './slots.ts'

/** @internal */
export interface UndiciRoute {
  readonly use: () => Use
  /** Whether the dispatcher is the operator's. It gets a body as text, which a mock may compare. */
  readonly given: boolean
  readonly slots: Slots
  readonly origin: string
  /** Path and query. */
  readonly path: string
  /** Whether a connection is used for more than one call. */
  readonly reuse: boolean
  /** How long opening a connection may take, in milliseconds. */
  readonly connectTimeout: number
}

/**
 * Makes a call with undici's `dispatch`. undici's `request` would create a stream for each answer, which
 * costs as much as the rest of the call.
 *
 * undici never gets more calls than it has connections, because a call in undici's own queue cannot be
 * removed. A call ends at its deadline at the latest, and gives its slot back exactly once.
 *
 * @internal
 */
export async function viaUndici(
  call: HttpCall,
  { use, given, slots, origin, path, reuse, connectTimeout }: UndiciRoute,
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
    let started: Dispatcher.DispatchController | undefined
    let lost: NodeJS.Timeout | undefined
    let over = false
    let connections: Use | undefined
    const done = (): void => {
      if (over) return
      over = true
      if (lost !== undefined) clearTimeout(lost)
      slots.give()
      connections?.leave()
    }
    const stop = (controller: Dispatcher.DispatchController, reason: Error): void => {
      reject(reason)
      done()
      // The operator's dispatcher may throw, or do nothing.
      try {
        controller.abort(reason)
      } catch {}
    }
    const giveUp = (): void => {
      if (over) return
      if (started !== undefined) {
        stop(started, signal.reason)
        return
      }
      reject(signal.reason)
      // undici has not started the call, so there is nothing to abort yet, and the call keeps its slot.
      // After `connectTimeout` undici must have started it or reported an error. If it has done neither,
      // the call is lost. Later calls on these connections may be lost too, so they are replaced.
      lost = setTimeout(() => {
        connections?.replace()
        done()
      }, connectTimeout)
      lost.unref()
    }
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      connections = use()
      connections.dispatcher.dispatch(
        {
          origin,
          path,
          method: call.method,
          headers: call.headers,
          body: given ? (call.body ?? null) : bytesOf(call.body),
          headersTimeout,
          ...(reuse ? {} : { reset: true }),
        },
        {
          onRequestStart(controller, context: { history?: readonly URL[] } | undefined) {
            // Nothing of this request has been sent yet. It may already be a redirected request to another
            // URL, made by the redirect interceptor of the operator's dispatcher.
            if (signal.aborted) stop(controller, signal.reason)
            else if (call.signal?.aborted) stop(controller, call.signal.reason)
            else if (context?.history?.length) stop(controller, new Redirected('http.dispatcher'))
            else started = controller
          },
          onResponseStart(_, status, headers) {
            head = {
              status,
              contentType: one(headers['content-type']),
              retryAfter: wholeSeconds(one(headers['retry-after'])),
              date: one(headers.date),
            }
          },
          onResponseData(controller, chunk) {
            size += chunk.length
            if (size > maxResponseSize) stop(controller, new BodyTooLarge())
            else chunks.push(chunk)
          },
          onResponseEnd() {
            done()
            const [first] = chunks
            const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)
            if (head === undefined) reject(new Error('the answer ended without headers'))
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

/** For a text, undici would use the memory that all buffers of the process share, where a token would stay. */
function bytesOf(body: string | undefined): Uint8Array | null {
  return body === undefined ? null : new TextEncoder().encode(body)
}
