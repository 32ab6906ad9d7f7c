import { nameOf } from '../redaction.ts'
import { CLOCK_WANTS, type Clock, isPlausibleTime, isSound, soundClock } from '../storage/clock.ts'
import { optionError } from './option-error.ts'

/**
 * Reads the option `clock`; default `Date.now`. A clock that the operator gives is called once, so that a
 * mistake shows at start-up. `Date.now` is not called: some machines learn the time only after they start.
 *
 * @throws {TypeError} naming the option
 * @internal
 */
export function clockOf(where: string, { clock }: { readonly clock?: Clock | undefined }): Clock {
  if (clock === undefined) return soundClock(Date.now)
  if (isSound(clock)) return clock
  let reading: unknown
  try {
    reading = clock()
  } catch (error) {
    const wants = `must return ${CLOCK_WANTS}; it threw ${nameOf(error)}`
    throw optionError(where, 'clock', wants, clock)
  }
  if (!isPlausibleTime(reading)) {
    const seconds = typeof reading === 'number' && isPlausibleTime(reading * 1000)
    const wants = `must return ${CLOCK_WANTS}${seconds ? ', not seconds' : ''}`
    throw optionError(where, 'clock', wants, reading)
  }
  return soundClock(clock)
}
