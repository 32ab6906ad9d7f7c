/** A clock that stands still until a test moves it. */
export interface HeldClock {
  /** Milliseconds since the epoch: what the `clock` option wants. */
  (): number
  /** The same in whole seconds, for claims. */
  readonly seconds: number
  /** @param seconds may be negative: clocks get set back */
  advance(seconds: number): void
}

export function heldClock(start = Date.UTC(2026, 10, 21, 12)): HeldClock {
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
