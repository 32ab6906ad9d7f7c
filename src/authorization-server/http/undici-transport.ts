import type { Dispatcher } from 'undici'
import type { Use } from './connections.ts'
import { BodyTooLarge, type HttpLimits, Redirected, wholeSeconds } from './fetch-transport.ts'
import type { HttpCall, HttpReply } from './http-call.ts'
import type { Slots } from './slots.ts'

/** @internal */
export interface UndiciRoute {
  readonly use: () => Use
  readonly slots: Slots
  readonly origin: string
  /** Path and query. */
  readonly path: string
  /** Whether a connection carries one call after the other. */
  readonly reuse: boolean
  /** Milliseconds. */
  readonly connectTimeout: number
}

/**
 * `dispatch` is what undici's `request` stands on. The stream that `request` makes of each answer
 * costs as much as the rest of the call. No more calls are handed to undici than it has connections
 * for: what waits in its own queue cannot be taken back.
 *
 * A call is over at its deadline, whatever undici does with it, and its place is given back once.
 *
 * @internal
 */
export async function viaUndici(
  call: HttpCall,
  { use, slots, origin, path, reuse, connectTimeout }: UndiciRoute,
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
      // What was made by others may throw, or do nothing.
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
      // Until a connection stands there is nothing to abort, and the place is undici's. A call that
      // undici has not come to by the time a connection would stand is lost, and so may the next be.
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
          body: call.body ?? null,
          headersTimeout,
          ...(reuse ? {} : { reset: true }),
        },
        {
          onRequestStart(controller, context: { history?: readonly URL[] } | undefined) {
            // Nothing has been written yet: neither of this request, nor of the one to another place, to
            // which the redirect interceptor of a given dispatcher may have turned it.
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
