import type { NodeResponse } from './node-request.ts'

/** The longest delay of a timer, about 25 days. Node fires a timer with a longer delay after 1 ms. */
const LONGEST = 2 ** 31 - 1

/** Seconds in which a client can read the end of an answer before its connection is cut. @internal */
export const LAST_WORDS = 5

/**
 * Runs something after so many seconds. It does not keep the process alive.
 *
 * @returns calls it off
 * @internal
 */
export function after(seconds: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>
  const arm = (left: number): void => {
    const wait = Math.min(LONGEST, left)
    timer = setTimeout(() => (left > wait ? arm(left - wait) : run()), wait)
    // Deno's timers are numbers.
    ;(timer as { unref?: () => void }).unref?.()
  }
  arm(Math.max(0, seconds * 1000))
  return () => clearTimeout(timer)
}

/** @internal */
export function isEventStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && /^text\/event-stream\b/i.test(contentType)
}

/** Ends an answer of Node's after so many seconds. @internal */
export function endIn(response: NodeResponse, seconds: number): void {
  let callOff = after(seconds, () => {
    response.end()
    callOff = after(LAST_WORDS, () => response.destroy())
    // A handler that goes on writing would cause an error, which could end the process.
    response.write = () => true
    response.end = () => response as never
  })
  response.once('close', () => callOff())
}

/** The same web stream. It ends after so many seconds, and its source learns of it then. @internal */
export function endingIn(
  body: ReadableStream<Uint8Array>,
  seconds: number,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let ended = false
  let callOff = (): void => {}
  const stop = (): void => {
    ended = true
    callOff()
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      callOff = after(seconds, () => {
        ended = true
        controller.close()
        // The source may fail to cancel. Nobody could do anything about it.
        reader.cancel('the access token has expired').catch(() => {})
      })
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (ended) return
        if (!done) return controller.enqueue(value)
        controller.close()
        stop()
      } catch (error) {
        stop()
        throw error
      }
    },
    cancel(reason) {
      stop()
      return reader.cancel(reason)
    },
  })
}
