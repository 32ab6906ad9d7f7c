import { outsideRequest } from '../telemetry/current-request.ts'
import { backOff, jittered, Waiting } from './waiting.ts'

/** The pauses between attempts, in milliseconds. @internal */
export interface AttemptPauses {
  /** The pause after a success. */
  readonly interval: number
  /** The pause after the first failure. It is doubled after each further one, up to `longestPause`. */
  readonly firstPause: number
  readonly longestPause: number
  /** The shortest pause before an attempt that `soon` asks for. Default: none. */
  readonly leastPause?: number
}

/** @internal */
export interface RepeatedAttemptParts extends AttemptPauses {
  /** Makes one attempt. An error means that it failed. */
  readonly attempt: () => Promise<void>
  /** The error of `ready` after `close`. */
  readonly closed: () => Error
}

/**
 * Repeats an attempt in the background: at an interval while it succeeds, and with growing pauses while it
 * fails. There is one attempt at a time.
 *
 * @internal
 */
export class RepeatedAttempt {
  readonly #parts: RepeatedAttemptParts
  readonly #stop = new AbortController()
  readonly #waiting = new Waiting(this.#stop.signal)
  #running: Promise<void> | undefined
  /** The failures since the last success; `undefined` until the first attempt has ended. */
  #failures: number | undefined
  #started = false
  #isSoon = false

  constructor(parts: RepeatedAttemptParts) {
    this.#parts = parts
  }

  /** Aborted by {@link close}. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Begins. Further calls do nothing. */
  start(): void {
    if (this.#started || this.signal.aborted) return
    this.#started = true
    outsideRequest(() => void this.#run())
  }

  /** Begins, and waits for an attempt unless the last one succeeded. @throws the error of the attempt */
  async ready(): Promise<void> {
    if (this.signal.aborted) throw this.#parts.closed()
    this.start()
    if (this.#failures !== 0) await this.#once()
  }

  /** Makes the next attempt early. While that attempt is awaited, further calls change nothing. */
  soon(): void {
    if (this.#isSoon) return
    this.#isSoon = true
    this.#waiting.end()
  }

  close(): void {
    this.#stop.abort()
  }

  async #run(): Promise<void> {
    while (!this.signal.aborted) {
      await this.#once().catch(() => {})
      await this.#rest()
    }
  }

  async #rest(): Promise<void> {
    const { interval, firstPause, longestPause, leastPause = 0 } = this.#parts
    const failures = this.#failures ?? 0
    const pause = failures > 0 ? backOff(failures, firstPause, longestPause) : jittered(interval)
    if (!this.#isSoon) await this.#waiting.wait(pause)
    if (!this.#isSoon) return
    await this.#waiting.wait(Math.min(pause, jittered(leastPause)))
    this.#isSoon = false
  }

  /** Makes an attempt. Concurrent callers share it. */
  #once(): Promise<void> {
    this.#running ??= this.#attempt().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #attempt(): Promise<void> {
    try {
      await this.#parts.attempt()
      this.#failures = 0
    } catch (error) {
      this.#failures = (this.#failures ?? 0) + 1
      throw error
    }
  }
}
