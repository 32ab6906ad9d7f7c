/** Goals as data: what was measured, what is wanted, and how both are shown. */

/** The middle, the least and the greatest of the rounds. */
export interface Range {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** The throughput and the cost of one contestant. */
export interface Figure {
  readonly name: string
  /** The package and its version; empty for this package. */
  readonly version: string
  /** Whether nobody can be faster. */
  readonly limit: boolean
  /** Operations a second. */
  readonly rate: number
  /** Microseconds of processor time for one operation. */
  readonly cost: number
}

/** How many times as fast ours is as the other. */
export interface Ratio extends Range {
  readonly ours?: Figure
  readonly theirs?: Figure
  /** The same ratio of processor times. Other programs on the machine hardly affect it. */
  readonly cpu?: Range
}

/** What a benchmark is to reach: at least `least`, or at most `most`. */
export interface Goal {
  readonly text: string
  readonly least?: number
  readonly most?: number
  /**
   * What is measured. A `count` (of calls, of bytes) is the same on every machine. A `time` is not, so
   * `--check` does not compare it.
   *
   * @defaultValue `'ratio'`
   */
  readonly kind?: 'ratio' | 'count' | 'time'
  /** The unit of a count or of a time. */
  readonly unit?: string
  readonly measured: Ratio
}

/** A goal of one benchmark, such as `P1`. */
export interface Measurement extends Goal {
  readonly benchmark: string
}

/** What a benchmark tells the process that started it. */
export interface Message {
  readonly goals: readonly Goal[]
}

/** Hands goals to `npm run bench`. A benchmark that was started alone only prints. */
export function reportGoals(goals: readonly Goal[]): void {
  process.send?.({ goals } satisfies Message)
}

export function isReached({ least, most, measured: { median } }: Goal): boolean {
  return (
    median >= (least ?? Number.NEGATIVE_INFINITY) && median <= (most ?? Number.POSITIVE_INFINITY)
  )
}

/** Such as `≥ 1.4` or `≤ 3 µs`; empty if nothing is wanted. */
export function wanted({ least, most, unit }: Goal): string {
  const bound = least === undefined ? most : least
  if (bound === undefined) return ''
  return `${least === undefined ? '≤' : '≥'} ${withUnit(figures(bound), unit)}`
}

/** Such as `1.53 (1.02–2.02)`; a number alone if all rounds gave the same. */
export function shown({ median, least, most }: Range, unit?: string): string {
  if (least === most) return withUnit(figures(median), unit)
  const digits = Math.max(Math.abs(least), Math.abs(most)) >= 100 ? 0 : 2
  const [middle, low, high] = [median, least, most].map((one) => one.toFixed(digits))
  return `${withUnit(middle ?? '', unit)} (${low}–${high})`
}

const figures = (number: number): string => String(Number(number.toFixed(2)))

function withUnit(number: string, unit: string | undefined): string {
  return unit === undefined ? number : `${number} ${unit}`
}

export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
