/** Lengths in seconds of the units that people use, the longest first. */
const UNITS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** The largest time that a `Date` can hold, in seconds since the epoch. */
const LAST = 8_640_000_000_000

/**
 * Describes a time for people, such as `2025-08-18 18:13:37 UTC, 15 months ago`.
 *
 * @param at seconds since the epoch
 * @param now seconds since the epoch
 * @internal
 */
export function describeMoment(at: number, now: number): string {
  if (!(Math.abs(at) <= LAST)) return 'later than any calendar date'
  const date = new Date(at * 1000).toISOString().replace('T', ' ').replace(/\..*/, ' UTC')
  const away = at - now
  if (!Number.isFinite(away)) return date
  if (Math.abs(away) < 1) return `${date}, now`
  return `${date}, ${away < 0 ? `${span(-away)} ago` : `in ${span(away)}`}`
}

function span(seconds: number): string {
  const [name, length] = UNITS.find(([, least]) => seconds >= least * 2) ?? ['second', 1]
  const count = Math.floor(seconds / length)
  return count === 1 ? `1 ${name}` : `${count} ${name}s`
}
