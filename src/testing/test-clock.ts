/**
 * A clock that stands still until a test moves it. Pass it as the option `clock`: `createTestIssuer` and
 * `createResourceServer` both take it.
 */
export interface TestClock {
  /** Milliseconds since the epoch. */
  (): number
  /** Whole seconds since the epoch, as claims have them. */
  readonly seconds: number
  /** Moves the clock. A negative number sets it back. */
  advance(seconds: number): void
}

/**
 * Makes a clock that stands still.
 *
 * @param start milliseconds since the epoch. By default it stands far in the future, so that a check with
 * the real time fails.
 *
 * @example
 * ```ts
 * import { createTestClock, createTestIssuer } from 'mcp-resource-server/testing'
 *
 * const clock = createTestClock()
 * const issuer = createTestIssuer({ clock })
 * const token = await issuer.token({ expiresIn: 60 })
 * clock.advance(61)
 * // The token has expired.
 * ```
 */
export function createTestClock(start: number = Date.UTC(2096, 0, 1)): TestClock {
  let now = start
  const clock = () => now
  return Object.defineProperties(clock, {
    seconds: { get: () => Math.floor(now / 1000) },
    advance: {
      value(seconds: number) {
        now += seconds * 1000
      },
    },
  }) as unknown as TestClock
}
