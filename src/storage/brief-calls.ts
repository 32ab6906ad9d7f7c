import { type Clock, timePassed } from './clock.ts'
import { inTime } from './in-time.ts'
import { StoreTooSlow } from './log-in-time.ts'

/**
 * Calls a store that must not hold up requests. A call has a short time limit. After a failure, no call
 * is made for a while, and then one call tries whether the store answers again.
 *
 * @internal
 */
export class BriefCalls {
  /** In milliseconds. */
  readonly #limit: number
  readonly #pause: number
  readonly #passed: Clock
  #restsUntil = Number.NEGATIVE_INFINITY
  #failed = false

  constructor(limit: number, pause: number, clock: Clock) {
    this.#limit = limit
    this.#pause = pause
    this.#passed = timePassed(clock)
  }

  /** Whether calls are not made now, because the last one failed. */
  get rests(): boolean {
    return this.#passed() < this.#restsUntil
  }

  /** @returns `undefined` without a call while the store rests @throws {Error} if the store fails */
  async run<V>(call: () => Promise<V>): Promise<V | undefined> {
    if (this.rests) return undefined
    // While one call tries, the others go on without the store.
    if (this.#failed) this.#rest()
    try {
      const result = await inTime(call(), this.#limit, () => new StoreTooSlow(this.#limit))
      this.#failed = false
      this.#restsUntil = Number.NEGATIVE_INFINITY
      return result
    } catch (error) {
      this.#failed = true
      this.#rest()
      throw error
    }
  }

  #rest(): void {
    this.#restsUntil = this.#passed() + this.#pause
  }
}
