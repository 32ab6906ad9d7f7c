import type { NodeResponse } from './node-request.ts'

/**
 * The longest delay of one timer, in milliseconds (about 25 days). If the delay is longer, Node fires
 * the timer after 1 ms.
 */
const LONGEST = 2 ** 31 - 1

/**
 * How long a client may still read the end of an answer before the connection is closed, in seconds.
 *
 * @internal
 */
export const LAST_WORDS = 5

/**
 * Runs a function after a number of seconds. The timer does not keep the process alive.
 *
 * @returns a function that cancels the timer
 * @internal
 */
export function after(seconds: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>
  const arm = (left: number): void => {
    const wait = Math.min(LONGEST, left)
    timer = setTimeout(() => (left > wait ? arm(left - wait) : run()), wait)
    // In Deno, a timer is a number, which has no `unref`.
    ;(timer as { unref?: () => void }).unref?.()
  }
  arm(Math.max(0, seconds * 1000))
  return () => clearTimeout(timer)
}

/** @internal */
export function isEventStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && /^text\/event-stream\b/i.test(contentType)
}

/** Ends the answer of a Node server after a number of seconds. @internal */
export function endIn(response: NodeResponse, seconds: number): void {
  let callOff = after(seconds, () => {
    response.end()
    callOff = after(LAST_WORDS, () => response.destroy())
    // Later writes of the handler are ignored. Otherwise they would cause an error, which could end the
    // process.
    response.write = () => true
    response.end = () => response as never
  })
  response.once('close', () => callOff())
}

/**
 * Returns a copy of a web stream that ends after a number of seconds. Then the source of the stream is
 * cancelled.
 *
 * @internal
 */
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
        // An error of the source while it cancels is ignored, because the stream has ended already.
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
