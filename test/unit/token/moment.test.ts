import { expect, it } from 'vitest'
import { describeMoment } from '../../../src/token/moment.ts'

/** 2025-08-18 18:13:37 UTC */
const NOW = 1_755_540_817
const [MINUTE, HOUR, DAY, MONTH, YEAR] = [60, 3600, 86_400, 2_629_800, 31_557_600]

it.each([
  [0, 'now'],
  [0.9, 'now'],
  [-0.9, 'now'],
  [1, 'in 1 second'],
  [-1, '1 second ago'],
  [1.5, 'in 1 second'],
  [2, 'in 2 seconds'],
  [2 * MINUTE - 1, 'in 119 seconds'],
  [2 * MINUTE, 'in 2 minutes'],
  [-2 * MINUTE, '2 minutes ago'],
  [2 * HOUR - 1, 'in 119 minutes'],
  [2 * HOUR, 'in 2 hours'],
  [2 * DAY - 1, 'in 47 hours'],
  [2 * DAY, 'in 2 days'],
  [2 * MONTH - 1, 'in 60 days'],
  [2 * MONTH, 'in 2 months'],
  [-15 * MONTH, '15 months ago'],
  [2 * YEAR - 1, 'in 23 months'],
  [2 * YEAR, 'in 2 years'],
])('a moment %d seconds away is "%s"', (away, text) => {
  const date = new Date((NOW + away) * 1000).toISOString()
  expect(describeMoment(NOW + away, NOW)).toBe(
    `${date.slice(0, 10)} ${date.slice(11, 19)} UTC, ${text}`,
  )
})

it('a moment is written as a date that people read', () => {
  expect(describeMoment(NOW + 0.5, NOW)).toBe('2025-08-18 18:13:37 UTC, now')
  expect(describeMoment(NOW, Number.NaN)).toBe('2025-08-18 18:13:37 UTC')
})

it.each([
  [8_640_000_000_000, '+275760-09-13 00:00:00 UTC'],
  [-8_640_000_000_000, '-271821-04-20 00:00:00 UTC'],
  [8_640_000_000_001, 'later than any calendar date'],
  [Number.MAX_SAFE_INTEGER, 'later than any calendar date'],
  [Number.POSITIVE_INFINITY, 'later than any calendar date'],
  [Number.NaN, 'later than any calendar date'],
])('the moment %d has a text too', (at, text) => {
  expect(describeMoment(at, Number.NaN)).toBe(text)
})
