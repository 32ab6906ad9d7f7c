/** A clock that stands still until a test moves it. */
export interface HeldClock {
  /** Milliseconds since the epoch: what the `clock` option wants. */
  (): number
  /** The same in whole seconds, for claims. */
  readonly seconds: number
  /** @param seconds may be negative: clocks get set back */
  advance(seconds: number): void
}

/** @param start by default so far ahead that a verdict by the real clock would be another one */
export function heldClock(start = Date.UTC(2096, 0, 1)): HeldClock {
  let now = start
  const clock = () => now
  return Object.defineProperty(
    Object.assign(clock, {
      advance(seconds: number) {
        now += seconds * 1000
      },
    }),
    'seconds',
    { get: () => Math.floor(now / 1000) },
  ) as unknown as HeldClock
}

/** The real time, moved on by a test: for tokens of a server that knows no other. */
export interface MovedClock {
  (): number
  advance(seconds: number): void
}

export function movedClock(): MovedClock {
  let ahead = 0
  const clock = () => Date.now() + ahead
  return Object.assign(clock, {
    advance(seconds: number) {
      ahead += seconds * 1000
    },
  })
}
