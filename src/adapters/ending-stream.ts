import { isGone } from './held-answer.ts'
import type { NodeResponse } from './node-request.ts'
import { after, type StreamLife } from './stream-life.ts'

/**
 * How long a client may still read the end of an answer before the connection is closed, in seconds.
 *
 * @internal
 */
export const LAST_WORDS = 5

/** @internal */
export function isEventStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && /^text\/event-stream\b/i.test(contentType)
}

/** Ends the answer of a Node server when the life of the stream is over. @internal */
export function endNodeStream(response: NodeResponse, life: StreamLife): void {
  // If the caller left before the answer began, no `close` follows that would stop the wait.
  if (isGone(response)) return
  let callOff = life(() => {
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
 * Returns a copy of a web stream that ends when its life is over. Then the source of the stream is
 * cancelled with the reason.
 *
 * @param signal ends the stream too, because the caller has left. Some servers do not cancel the body of
 * an answer that nobody waits for any more
 * @internal
 */
export function endingWebStream(
  body: ReadableStream<Uint8Array>,
  life: StreamLife,
  signal: AbortSignal,
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
      const end = (why: string): void => {
        if (ended) return
        stop()
        controller.close()
        // An error of the source while it cancels is ignored, because the stream has ended already.
        reader.cancel(why).catch(() => {})
      }
      const leave = (): void => end('the caller has left')
      const release = life(end)
      callOff = () => {
        release()
        signal.removeEventListener('abort', leave)
      }
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { once: true })
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
