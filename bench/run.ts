/**
 * `npm run bench` runs every benchmark, and writes RESULTS.md and baseline.json.
 *
 * - `npm run bench -- P1 P6` runs some, and only prints.
 * - `npm run bench -- --check` compares with baseline.json, and fails if something got worse (tool/falls.ts).
 * - `--quick` is the short form: less time for each round, and only benchmarks that have one.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { ROUNDS } from './harness.ts'
import { benchmarksOf, type Outcome, run } from './tool/benchmarks.ts'
import { check } from './tool/check.ts'
import type { Measurement } from './tool/goals.ts'
import { writeReport } from './tool/report.ts'
import { goalSummary, type Machine, resultsPage, thisMachine } from './tool/summary.ts'

interface Baseline {
  readonly machine: Machine
  readonly goals: readonly Measurement[]
}

const BASELINE = new URL('baseline.json', import.meta.url)
const started = Date.now()
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean' }, quick: { type: 'boolean' } },
})
const quick = values.quick === true
const benchmarks = benchmarksOf(positionals, quick)

if (values.check) {
  const { goals } = JSON.parse(await readFile(BASELINE, 'utf8')) as Baseline
  const comparisons = await check(benchmarks, goals, quick)
  await writeReport('test-bench', comparisons, started)
  const failures = comparisons.flatMap(({ failure }) => failure ?? [])
  for (const failure of failures) console.error(failure)
  console.log(`${comparisons.length - failures.length} passed, ${failures.length} failed`)
  process.exitCode = failures.length === 0 ? 0 : 1
} else {
  const outcomes: Outcome[] = []
  for (const benchmark of benchmarks) outcomes.push(await run(benchmark, quick))
  const measured = outcomes.flatMap((outcome) => outcome.measured)
  if (positionals.length > 0 || quick) console.log(goalSummary(measured))
  else {
    const machine = thisMachine()
    const sections = outcomes.map(({ section }) => section)
    const baseline: Baseline = { machine, goals: measured }
    await writeFile(BASELINE, `${JSON.stringify(baseline, undefined, 2)}\n`)
    await writeFile(
      new URL('RESULTS.md', import.meta.url),
      resultsPage(machine, ROUNDS, measured, sections),
    )
  }
}
