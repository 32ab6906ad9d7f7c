import { UnavailableError } from '../errors/unavailable-error.ts'
import type { Clock } from '../storage/clock.ts'
import { outsideRequest } from '../telemetry/current-request.ts'

/** How long a value is kept, and how often it is loaded. @internal */
export interface RefreshOptions {
  /** Seconds for which a loaded value is fresh. */
  readonly maxAge: number
  /** Seconds after `maxAge` for which the old value is used while loading fails. */
  readonly staleIfError: number
  /** Shortest time in seconds between two loads that {@link Refreshed.refresh} or {@link Refreshed.expire} causes. */
  readonly coolDown: number
  readonly clock: Clock
}

/** Longest time between two loads after failures, in milliseconds. */
const LONGEST_BACK_OFF = 30_000

/**
 * A copy of a remote value (metadata, keys) that is kept fresh.
 *
 * - Concurrent callers share one load.
 * - After `maxAge` the next call loads the value again in the background, and gets the old value. After
 *   twice `maxAge` the next caller waits for the new value.
 * - While loading fails, callers get the old value, for `staleIfError` seconds after `maxAge`. Then
 *   they get an `UnavailableError`.
 * - After a failure the value is loaded again after 1, 2, 4 … 30 s, however many callers ask for it.
 *
 * @internal
 */
export class Refreshed<T> {
  readonly #load: () => Promise<T>
  readonly #maxAge: number
  readonly #staleIfError: number
  readonly #coolDown: number
  readonly #clock: Clock
  #value: T | undefined
  #loadedAt = 0
  #flight: Promise<T> | undefined
  #failure: UnavailableError | undefined
  #failures = 0
  #retryAt = 0
  #nextOnDemand = 0

  constructor(load: () => Promise<T>, { maxAge, staleIfError, coolDown, clock }: RefreshOptions) {
    this.#load = load
    this.#maxAge = maxAge * 1000
    this.#staleIfError = staleIfError * 1000
    this.#coolDown = coolDown * 1000
    this.#clock = clock
  }

  /**
   * Returns the value; a promise of it only if the value must be loaded.
   *
   * @throws {UnavailableError} if loading fails and there is no value that is recent enough
   */
  get(): T | Promise<T> {
    return this.touch() && this.#value !== undefined ? this.#value : this.#wait()
  }

  /** Milliseconds since the value was loaded; `undefined` if there is no value. */
  get age(): number | undefined {
    return this.#value === undefined ? undefined : this.#clock() - this.#loadedAt
  }

  /** Whether the value may be used without waiting. Starts to load an old value again in the background. */
  touch(): boolean {
    if (this.#value === undefined) return false
    const now = this.#clock()
    const age = now - this.#loadedAt
    // A negative age means that the clock was set back. Then the real age is unknown.
    if (age >= 0 && age < this.#maxAge) return true
    const bound = this.#maxAge + (this.#failures > 0 ? this.#staleIfError : this.#maxAge)
    if (age < 0 || age >= bound) return false
    if (this.#flight === undefined && !this.#backingOff(now)) {
      outsideRequest(() => this.#start()).catch(() => {})
    }
    return true
  }

  /**
   * Loads the value now, because it seems to be out of date.
   *
   * @returns `undefined` if the last such load was less than `coolDown` seconds ago
   * @throws {UnavailableError} if the value cannot be loaded
   */
  async refresh(): Promise<T | undefined> {
    if (this.#flight !== undefined) return this.#flight
    const now = this.#clock()
    this.#checkBackOff(now)
    // The cool-down is for successful loads. After a failure the back-off applies.
    if (this.#failures === 0 && this.#coolingDown(now)) return undefined
    this.#nextOnDemand = now + this.#coolDown
    return this.#start()
  }

  /** Makes the next {@link get} load the value again, unless the cool-down or the back-off prevents it. */
  expire(): void {
    const now = this.#clock()
    if (this.#coolingDown(now)) return
    this.#nextOnDemand = now + this.#coolDown
    this.#loadedAt = Math.min(this.#loadedAt, now - 2 * this.#maxAge)
  }

  async #wait(): Promise<T> {
    try {
      if (this.#flight === undefined) this.#checkBackOff(this.#clock())
      return await (this.#flight ?? this.#start())
    } catch (error) {
      const now = this.#clock()
      // The clock was set back, so the real age is unknown. Treat the value as if `maxAge` ended now.
      if (now < this.#loadedAt) this.#loadedAt = now - this.#maxAge
      const bound = this.#loadedAt + this.#maxAge + this.#staleIfError
      if (this.#value !== undefined && now < bound) return this.#value
      throw error
    }
  }

  #start(): Promise<T> {
    this.#flight = this.#load()
      .then(
        (value) => {
          this.#value = value
          this.#loadedAt = this.#clock()
          this.#failures = 0
          this.#failure = undefined
          this.#retryAt = 0
          return value
        },
        (error: UnavailableError) => {
          const backOff = Math.min(1000 * 2 ** this.#failures, LONGEST_BACK_OFF)
          this.#failures += 1
          this.#failure = error
          this.#retryAt = this.#clock() + backOff
          throw error
        },
      )
      .finally(() => {
        this.#flight = undefined
      })
    return this.#flight
  }

  /** Throws the last failure again while the back-off lasts. */
  #checkBackOff(now: number): void {
    const failure = this.#failure
    if (failure === undefined || !this.#backingOff(now)) return
    throw new UnavailableError(failure.reason, failure.message, {
      retryAfter: (this.#retryAt - now) / 1000,
    })
  }

  // These two methods ignore a deadline that is further away than its maximum: the clock was set back.

  #backingOff(now: number): boolean {
    return now < this.#retryAt && this.#retryAt - now <= LONGEST_BACK_OFF
  }

  #coolingDown(now: number): boolean {
    return now < this.#nextOnDemand && this.#nextOnDemand - now <= this.#coolDown
  }
}
