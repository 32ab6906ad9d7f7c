import type { Allowed } from '../gate/decision.ts'
import type { MountedGuard } from './mounted-guard.ts'

/**
 * The longest delay of one timer, in milliseconds (about 25 days). If the delay is longer, Node fires
 * the timer after 1 ms.
 */
const LONGEST = 2 ** 31 - 1

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

/**
 * Waits for the end of the life of an event stream.
 *
 * @param end called once, with the reason, when the stream must end. It is never called before this
 * function returns
 * @returns a function that stops the wait. Call it when the stream has ended by itself
 * @internal
 */
export type StreamLife = (end: (why: string) => void) => () => void

/**
 * The life of the event stream that answers an allowed request. It is over when the token of the request
 * has expired, or is revoked (MCP-26, REV-1).
 *
 * @param decided when the request was allowed, as `performance.now()` counts
 * @internal
 */
export function lifeOf(
  guard: Pick<MountedGuard, 'watch'>,
  decision: Allowed,
  decided: number,
): StreamLife {
  return (end) => {
    const over = (why: string): void => {
      stop()
      end(why)
    }
    const { streamEndsIn } = decision
    const callOff =
      streamEndsIn === undefined
        ? () => {}
        : after(streamEndsIn - (performance.now() - decided) / 1000, () =>
            over('the access token has expired'),
          )
    const release = guard.watch(decision, () => over('the access token has been revoked'))
    const stop = (): void => {
      callOff()
      release()
    }
    return stop
  }
}
