/** @internal */
export interface EventTimes {
  /** What the transmitter says about the time of the event: `event_timestamp`, or `toe`. */
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
 * nothing. Neither can be meant, and nor can milliseconds: then the time of the message counts. It is later than
 * the event, so it revokes more.
 *
 * @internal
 */
export function eventTime({ told, issuedAt, latest, longestTokenLife }: EventTimes): number {
  const found = told.find((time) => time !== undefined)
  if (typeof found !== 'number') return issuedAt
  return found <= latest && found >= issuedAt - longestTokenLife ? found : issuedAt
}
