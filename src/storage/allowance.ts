import type { Clock } from './clock.ts'

/**
 * Limits how often something happens: at most a number of times in each period. It bounds what callers
 * can make this server say or do.
 *
 * @internal
 */
export class Allowance {
  readonly #most: number
  readonly #period: number
  readonly #clock: Clock
  #used = 0
  #since = Number.NEGATIVE_INFINITY

  /** @param period in milliseconds */
  constructor(most: number, period: number, clock: Clock) {
    this.#most = most
    this.#period = period
    this.#clock = clock
  }

  /** Whether it may happen once more now. If so, it counts. */
  take(): boolean {
    const now = this.#clock()
    // A clock that was set back begins a new period.
    if (now < this.#since || now - this.#since >= this.#period) {
      this.#since = now
      this.#used = 0
    }
    if (this.#used >= this.#most) return false
    this.#used += 1
    return true
  }
}
