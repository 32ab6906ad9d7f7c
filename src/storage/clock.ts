import { UnavailableError } from '../errors/unavailable-error.ts'

/** Returns the time in milliseconds since the epoch, like `Date.now`. */
export type Clock = () => number

/** Earliest and latest plausible time in milliseconds. Times in seconds or microseconds, and uptimes, are outside. */
const EARLIEST = Date.UTC(2001, 0)
const LATEST = Date.UTC(2200, 0)

/** The expected result of a clock, for error messages. @internal */
export const CLOCK_WANTS =
  'milliseconds since the epoch, as Date.now() does: a number between the years 2001 and 2200'

/** Whether a value is a plausible time in milliseconds since the epoch. @internal */
export function isPlausibleTime(reading: unknown): reading is number {
  return typeof reading === 'number' && reading > EARLIEST && reading < LATEST
}

const SOUND = new WeakSet<Clock>()

/** Whether {@link soundClock} has made this clock. @internal */
export function isSound(clock: Clock): boolean {
  return SOUND.has(clock)
}

/**
 * Makes a clock that either returns a plausible time or throws. Every expiry depends on the clock. A
 * comparison with NaN is always false, which could keep an expired token valid.
 *
 * @throws {UnavailableError} `clock_failed`, from the clock that is returned
 * @internal
 */
export function soundClock(clock: Clock): Clock {
  if (isSound(clock)) return clock
  const sound: Clock = () => {
    let now: unknown
    try {
      now = clock()
    } catch (cause) {
      throw new UnavailableError('clock_failed', 'the clock threw an error', { cause })
    }
    if (isPlausibleTime(now)) return now
    const said = typeof now === 'number' ? String(now) : `a value of type ${typeof now}`
    throw new UnavailableError(
      'clock_failed',
      `the clock returned ${said}; it must return ${CLOCK_WANTS}`,
    )
  }
  SOUND.add(sound)
  return sound
}

/**
 * Makes a clock that counts the milliseconds since this call, and that never goes back. When the given
 * clock is set back or fails, no time passes. Sessions use this clock: a corrected clock must not end
 * them.
 *
 * @internal
 */
export function timePassed(clock: Clock): Clock {
  let passed = 0
  let last = Number.NaN
  return () => {
    try {
      const now = clock()
      if (now > last) passed += now - last
      last = now
    } catch {}
    return passed
  }
}
