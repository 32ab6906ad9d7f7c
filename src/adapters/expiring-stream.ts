/** The longest delay of a timer, about 25 days. Node fires a timer with a longer delay after 1 ms. */
const LONGEST = 2 ** 31 - 1

/**
 * Runs something in so many seconds, unless called off. It keeps no process alive.
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
