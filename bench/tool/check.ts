/** `npm run bench -- --check`: runs benchmarks, and compares their goals with those of the baseline. */
import { type Benchmark, run } from './benchmarks.ts'
import { describeFall, type Fall, fallsOf, isSame, pairsOf } from './falls.ts'
import type { Measurement } from './goals.ts'
import type { Comparison } from './report.ts'

/**
 * Runs benchmarks and compares. A benchmark with a fall is run once more, because machines are noisy. A goal
 * has fallen only if it fell in both runs.
 */
export async function check(
  benchmarks: readonly Benchmark[],
  baseline: readonly Measurement[],
  quick: boolean,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = []
  for (const benchmark of benchmarks) {
    const earlier = baseline.filter((one) => one.benchmark === benchmark.id)
    const first = await tried(benchmark, earlier, quick)
    const second = first.every(isGood) ? [] : await tried(benchmark, earlier, quick)
    comparisons.push(...failedTwice(first, second))
  }
  return comparisons
}

/** What failed in both runs, or in the only run that has it, failed. */
export function failedTwice(
  first: readonly Comparison[],
  second: readonly Comparison[],
): readonly Comparison[] {
  const titles = new Set([...first, ...second].map(({ title }) => title))
  return [...titles].flatMap((title) => {
    const found = [...first, ...second].filter((one) => one.title === title)
    return found.find(isGood) ?? found.slice(-1)
  })
}

const isGood = ({ failure }: Comparison): boolean => failure === undefined

async function tried(
  benchmark: Benchmark,
  earlier: readonly Measurement[],
  quick: boolean,
): Promise<readonly Comparison[]> {
  const title = `${benchmark.id}: runs to its end`
  try {
    const { measured } = await run(benchmark, quick)
    const falls = fallsOf(measured, earlier, quick)
    const compared = pairsOf(measured, earlier).map((pair): Comparison => {
      const fall = falls.find(({ now }) => now === pair.now)
      return { title: titleOf(pair), failure: fall === undefined ? undefined : describeFall(fall) }
    })
    // The short form may leave goals out.
    const gone = quick ? [] : earlier.filter((was) => !measured.some((now) => isSame(now, was)))
    return [
      { title, failure: undefined },
      ...compared,
      ...gone.map(({ text }) => ({
        title: `${benchmark.id}: ${text}`,
        failure: `${benchmark.id}: bench/baseline.json has the goal "${text}", and the benchmark did not measure it. If it has another name now, run \`npm run bench\``,
      })),
    ]
  } catch (error) {
    return [
      { title, failure: `${benchmark.id}: ${(error as Error).message}; see its message above` },
    ]
  }
}

const titleOf = ({ now: { benchmark, text } }: Fall): string => `${benchmark}: ${text}`
