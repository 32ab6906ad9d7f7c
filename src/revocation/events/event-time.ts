/** @internal */
export interface EventTimes {
  /** The times that the transmitter gives for the event: `event_timestamp`, then `toe`. */
  readonly told: readonly unknown[]
  /** `iat` of the message. */
  readonly issuedAt: number
  /** The clock and its tolerance, in seconds since the epoch. */
  readonly latest: number
  /** The longest life of an access token, in seconds. */
  readonly longestTokenLife: number
}

/**
 * When an event happened, in seconds since the epoch (CAEP 1.0 §2).
 *
 * A time in the future would revoke tokens that do not exist yet. A time far in the past would revoke
 * nothing. A transmitter means neither, so the time of the message counts then. It also counts for a time in
 * milliseconds. The message is later than the event, so its time revokes more.
 *
 * @internal
 */
export function eventTime({ told, issuedAt, latest, longestTokenLife }: EventTimes): number {
  const found = told.find((time) => time !== undefined)
  if (typeof found !== 'number') return issuedAt
  return found <= latest && found >= issuedAt - longestTokenLife ? found : issuedAt
}
