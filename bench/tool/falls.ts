/** Compares the goals of a run with those of an earlier run. */
import { type Measurement, type Range, shown } from './goals.ts'

/** How much lower than before a ratio may be: 0.05 is 5 %. */
const MARGIN = 0.05
/** How much higher than before a count may be: 0.1 is 10 %. So two calls where there was one are too many. */
const COUNT_MARGIN = 0.1

/** A goal that is worse than before. */
export interface Fall {
  readonly now: Measurement
  readonly was: Measurement
}

/**
 * Finds the goals that got worse by more than the noise of their rounds.
 *
 * - A ratio fell if every round of this run is worse than every round of the earlier run, by more than
 *   {@link MARGIN}.
 * - In the short form (`quick`), a ratio fell if every round is less than half as good as the earlier median.
 *   The machine may be another one, and busy. So the ratio of processor times counts, if there is one.
 * - A count fell if it is worse by more than {@link COUNT_MARGIN}.
 * - Times depend on the machine, so they are not compared.
 */
export function fallsOf(
  run: readonly Measurement[],
  earlier: readonly Measurement[],
  quick: boolean,
): readonly Fall[] {
  return pairsOf(run, earlier).filter((pair) => hasFallen(pair, quick))
}

/** The goals of a run that can be compared with an earlier run. */
export function pairsOf(
  run: readonly Measurement[],
  earlier: readonly Measurement[],
): readonly Fall[] {
  return run.flatMap((now) => {
    const was = earlier.find((one) => isSame(one, now))
    return was === undefined || now.kind === 'time' ? [] : [{ now, was }]
  })
}

export function isSame(one: Measurement, other: Measurement): boolean {
  return one.benchmark === other.benchmark && one.text === other.text
}

function hasFallen({ now, was }: Fall, quick: boolean): boolean {
  const more = now.least !== undefined
  if (now.kind === 'count') {
    const { median } = was.measured
    return more
      ? now.measured.median < median * (1 - COUNT_MARGIN)
      : now.measured.median > median * (1 + COUNT_MARGIN)
  }
  const [current, earlier] = quick ? [inCpuTime(now), inCpuTime(was)] : [now.measured, was.measured]
  // A round without a number is as bad as can be.
  if (Number.isNaN(current.median)) return true
  if (more) return current.most < (quick ? earlier.median / 2 : earlier.least * (1 - MARGIN))
  return current.least > (quick ? earlier.median * 2 : earlier.most * (1 + MARGIN))
}

const inCpuTime = ({ measured }: Measurement): Range => measured.cpu ?? measured

/** Says which benchmark fell, what it was, what it is, and what to do. */
export function describeFall({ now, was }: Fall): string {
  const { benchmark, text, unit } = now
  const said = ({ measured }: Measurement): string =>
    shown(measured, unit) +
    (measured.cpu === undefined ? '' : `, in CPU time ${shown(measured.cpu)}`)
  const verb = now.least === undefined ? 'rose' : 'fell'
  return (
    `${benchmark}: ${text} ${verb}: it was ${said(was)}, and is ${said(now)}. ` +
    `Find the commit with \`git bisect run npm run bench -- --check ${benchmark}\`. If the cost is wanted, ` +
    'run `npm run bench` on a quiet machine, commit bench/baseline.json and bench/RESULTS.md, and say why'
  )
}
