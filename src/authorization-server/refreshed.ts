import { UnavailableError } from '../errors.ts'
import type { Clock } from '../storage/clock.ts'
import { outsideRequest } from '../telemetry/traces.ts'

/** @internal */
export interface RefreshOptions {
  /** Seconds for which a loaded value is fresh. */
  readonly maxAge: number
  /** Seconds beyond `maxAge` for which the value is still used while it cannot be loaded again. */
  readonly staleIfError: number
  /** Seconds between two refreshes on demand. */
  readonly coolDown: number
  readonly clock: Clock
}

const LONGEST_BACK_OFF = 30_000

/**
 * A copy of a remote value (metadata, keys) that is kept fresh.
 *
 * - Any number of callers share one load.
 * - After `maxAge` the value is loaded again in the background, and callers get the old value. After
 *   another `maxAge` without any caller the value is too old for that: the next caller waits.
 * - While loading fails, callers get the old value, up to `staleIfError` seconds beyond `maxAge`. Then
 *   they get an `UnavailableError`.
 * - A failing source is asked again after 1, 2, 4 … 30 s, never once a request.
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
   * The value. A promise only where it has to be loaded.
   *
   * @throws {UnavailableError} when there is no value that may still be used
   */
  get(): T | Promise<T> {
    return this.touch() && this.#value !== undefined ? this.#value : this.#wait()
  }

  /**
   * Whether the value may be used without waiting. Has an old value loaded again.
   */
  touch(): boolean {
    if (this.#value === undefined) return false
    const now = this.#clock()
    const age = now - this.#loadedAt
    // A clock that was set back makes the age negative: then the real age is unknown.
    if (age >= 0 && age < this.#maxAge) return true
    const bound = this.#maxAge + (this.#failures > 0 ? this.#staleIfError : this.#maxAge)
    if (age < 0 || age >= bound) return false
    if (this.#flight === undefined && !this.#backingOff(now)) {
      outsideRequest(() => this.#start()).catch(() => {})
    }
    return true
  }

  /**
   * Loads the value now, because it seems out of date.
   *
   * @returns `undefined` when it was loaded a moment ago
   * @throws {UnavailableError} when it cannot be loaded
   */
  async refresh(): Promise<T | undefined> {
    if (this.#flight !== undefined) return this.#flight
    const now = this.#clock()
    this.#checkBackOff(now)
    // After a failure the back-off limits how often the value is loaded.
    if (this.#failures === 0 && this.#coolingDown(now)) return undefined
    this.#nextOnDemand = now + this.#coolDown
    return this.#start()
  }

  /** Makes the next {@link get} load the value again, unless cool-down or back-off forbid it. */
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
      // The age is unknown where the clock was set back: the value counts as no longer fresh from now on.
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

  /** Repeats the last failure while the back-off after it lasts. */
  #checkBackOff(now: number): void {
    const failure = this.#failure
    if (failure === undefined || !this.#backingOff(now)) return
    throw new UnavailableError(failure.reason, failure.message, {
      retryAfter: (this.#retryAt - now) / 1000,
    })
  }

  // Ignore a deadline beyond its maximum: the clock was set back.

  #backingOff(now: number): boolean {
    return now < this.#retryAt && this.#retryAt - now <= LONGEST_BACK_OFF
  }

  #coolingDown(now: number): boolean {
    return now < this.#nextOnDemand && this.#nextOnDemand - now <= this.#coolDown
  }
}
