import type { Mutant } from './mutants-list.ts'

/** Checks of the ground floor: the clock, what is remembered, what errors say. */
export const CORE_MUTANTS: readonly Mutant[] = [
  // storage/
  {
    name: 'the clock: an entry from the future is kept',
    file: 'src/storage/bounded-cache.ts',
    find: 'return now >= from && now <= until',
    replace: 'return from < until && now <= until',
  },
  {
    name: 'the clock: whatever it says is a time',
    file: 'src/storage/clock.ts',
    find: "return typeof reading === 'number' && reading > EARLIEST && reading < LATEST",
    replace: 'return reading !== EARLIEST && reading !== LATEST',
  },
  {
    name: 'the clock: seconds are a time',
    file: 'src/storage/clock.ts',
    find: 'reading > EARLIEST && reading < LATEST',
    replace: 'EARLIEST < LATEST && reading < LATEST',
  },
  {
    name: 'the clock: what compares like a time is one',
    file: 'src/storage/clock.ts',
    find: "return typeof reading === 'number' && reading > EARLIEST && reading < LATEST",
    replace: 'return (reading as number) > EARLIEST && (reading as number) < LATEST',
  },
  {
    name: 'the clock is not read at start-up',
    file: 'src/options/clock-option.ts',
    find: 'if (!isPlausibleTime(reading)) {',
    replace: 'if (!isPlausibleTime(reading) && reading === where) {',
  },
  {
    name: 'the clock is not judged at run time',
    file: 'src/options/clock-option.ts',
    find: '  return soundClock(clock)\n}',
    replace: '  return clock\n}',
  },
  {
    name: 'the clock: sessions end when it is set back',
    file: 'src/resource-server.ts',
    find: 'timePassed(clock))',
    replace: 'clock || timePassed)',
  },
  // token/lifetime.ts
  {
    name: 'the clock: no number is before every expiry',
    file: 'src/token/lifetime.ts',
    find: 'if (!(now < expiresAt + clockTolerance)) {',
    replace: 'if (now >= expiresAt + clockTolerance) {',
  },
]
