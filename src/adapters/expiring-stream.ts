/** The longest wait that a timer knows, some 25 days. */
const LONGEST = 2 ** 31 - 1

/**
 * Runs something in so many seconds, unless called off. It keeps no process alive.
 *
 * @returns calls it off
 * @internal
 */
export function after(seconds: number, run: () => void): () => void {
  const timer = setTimeout(run, Math.min(LONGEST, Math.max(0, seconds * 1000)))
  // Deno's timers are numbers.
  ;(timer as { unref?: () => void }).unref?.()
  return () => clearTimeout(timer)
}

/** @internal */
export function isEventStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && /^text\/event-stream\b/i.test(contentType)
}
