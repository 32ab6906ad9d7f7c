import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  type Figure,
  type Goal,
  isReached,
  markdownTable,
  type Range,
  type Ratio,
  reportGoals,
  shown,
  wanted,
} from './tool/goals.ts'

export { type Goal, markdownTable, type Range, type Ratio, shown } from './tool/goals.ts'

/** One of those that are compared. */
export interface Contestant {
  readonly name: string
  /** What it is made by, with the version; nothing for this package. */
  readonly version?: string
  /** A word on what it does, where it is not the same as the others. */
  readonly note?: string
  /** Whether nobody can be faster: the least work that the task needs. */
  readonly limit?: boolean
  /** Does its work for so many milliseconds and says how often in a second. */
  readonly measure: (milliseconds: number) => Promise<number>
}

export interface Result extends Contestant {
  /** A second, one for each round. */
  readonly rates: readonly number[]
  /** Microseconds of processor time for one, on all threads of this process, one for each round. */
  readonly costs: readonly number[]
}

export interface Rounds {
  /** At least 5. */
  readonly rounds: number
  /** Milliseconds for each contestant in each round. */
  readonly slice: number
}

/** Absolute figures drift by half from run to run; BENCH_ROUNDS=9 makes the ratios steadier. */
export const ROUNDS: number = Math.max(5, Number(process.env.BENCH_ROUNDS ?? 7))

/** Whether the short form is wanted: `npm run bench -- --quick`. */
export const QUICK: boolean = process.env.BENCH_QUICK === '1'

/** Repeats synchronous work. */
export function oneByOne(work: () => unknown): Contestant['measure'] {
  return async (milliseconds) => {
    const start = performance.now()
    let done = 0
    let elapsed = 0
    do {
      for (let at = 0; at < 64; at += 1) work()
      done += 64
      elapsed = performance.now() - start
    } while (elapsed < milliseconds)
    return (done / elapsed) * 1000
  }
}

/**
 * Repeats asynchronous work, so many at a time: each lane waits for its own before the next.
 *
 * @param stride how often before a lane looks at the clock: once for each costs a tenth of a
 * microsecond, which counts where the work takes little more than one
 */
export function atOnce(
  lanes: number,
  work: () => Promise<unknown>,
  stride = 1,
): Contestant['measure'] {
  return async (milliseconds) => {
    const start = performance.now()
    let done = 0
    async function lane(): Promise<void> {
      do {
        for (let at = 0; at < stride; at += 1) await work()
        done += stride
      } while (performance.now() - start < milliseconds)
    }
    await Promise.all(Array.from({ length: lanes }, lane))
    return (done / (performance.now() - start)) * 1000
  }
}

/**
 * Lets all contestants take turns, round after round, each round beginning with another one. A
 * first round warms up and does not count.
 */
export async function compete(
  contestants: readonly Contestant[],
  { rounds, slice }: Rounds,
): Promise<Result[]> {
  const results = contestants.map((contestant) => ({
    ...contestant,
    rates: [] as number[],
    costs: [] as number[],
  }))
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < results.length; turn += 1) {
      const result = results[(turn + Math.max(round, 0)) % results.length]
      if (result === undefined) continue
      const before = process.cpuUsage()
      const start = performance.now()
      const rate = await result.measure(QUICK ? slice / 4 : slice)
      const done = (rate * (performance.now() - start)) / 1000
      const { user, system } = process.cpuUsage(before)
      if (round < 0) continue
      result.rates.push(rate)
      result.costs.push((user + system) / done)
    }
  }
  return results
}

export function find(results: readonly Result[], name: string): Result {
  const result = results.find((one) => one.name === name)
  if (result === undefined) throw new Error(`nobody is called ${name}`)
  return result
}

/** How many times as fast: taken within each round, for the machine drifts between rounds. */
export function ratio(ours: Result, theirs: Result): Ratio {
  const ratios = ours.rates.map((rate, round) => rate / (theirs.rates[round] ?? Number.NaN))
  const costs = ours.costs.map((cost, round) => (theirs.costs[round] ?? Number.NaN) / cost)
  return {
    ...rangeOf(ratios),
    ours: figureOf(ours),
    theirs: figureOf(theirs),
    cpu: rangeOf(costs),
  }
}

export function rangeOf(numbers: readonly number[]): Range {
  return { median: median(numbers), least: Math.min(...numbers), most: Math.max(...numbers) }
}

function figureOf({ name, version, limit, rates, costs }: Result): Figure {
  return {
    name,
    version: version ?? '',
    limit: limit ?? name.startsWith('crypto.'),
    rate: median(rates),
    cost: median(costs),
  }
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = low] =
    sorted.length % 2 === 0
      ? sorted.slice(middle - 1, middle + 1)
      : sorted.slice(middle, middle + 1)
  return (low + high) / 2
}

/** A Markdown table: each contestant's rate and cost, and how the rates of ours compare with it. */
export function table(results: readonly Result[], ours: readonly Result[]): string {
  const head = [
    '',
    'version',
    'per second',
    'CPU µs',
    ...ours.map(({ name }) => `${name} ÷ it (range)`),
  ]
  const rows = results.map((result) => [
    result.note === undefined ? result.name : `${result.name} (${result.note})`,
    result.version ?? '',
    thousands(median(result.rates)),
    String(Number(median(result.costs).toPrecision(2))),
    ...ours.map((one) => (one.name === result.name ? '' : shown(ratio(one, result)))),
  ])
  return markdownTable(head, rows)
}

/** A Markdown table of goals. Hands the goals to `npm run bench` as data too. */
export function goalTable(goals: readonly Goal[]): string {
  reportGoals(goals)
  const rows = goals.map((goal) => [
    goal.text,
    wanted(goal),
    shown(goal.measured, goal.unit),
    isReached(goal) ? 'yes' : '**no**',
  ])
  return markdownTable(['goal', 'ratio', 'measured (range)', 'reached'], rows)
}

function thousands(rate: number): string {
  return rate >= 9950 ? `${(rate / 1000).toFixed(0)} k` : `${(rate / 1000).toFixed(1)} k`
}

/** Name and version of an installed package. Those that both sides use come from the root. */
export function versionOf(name: string): string {
  const manifest = import.meta.resolve('./package.json')
  for (const from of createRequire(manifest).resolve.paths(name) ?? []) {
    try {
      const { version } = JSON.parse(readFileSync(`${from}/${name}/package.json`, 'utf8'))
      return `${name} ${version}`
    } catch {}
  }
  throw new Error(`${name} is not installed`)
}

/** Both sides must run the same copy of what they share, or the ratio compares two versions. */
export function requireShared(name: string): void {
  const root = import.meta.resolve('../node_modules/')
  if (!import.meta.resolve(name).startsWith(root)) throw new Error(`${name} is not the root's copy`)
}

export type NextToken = () => string

/**
 * Hands out tokens in turn, each a new string made from bytes as an HTTP server makes them: a
 * string that a map has seen before carries its hash, and flatters whatever looks it up.
 */
export function cycle(tokens: readonly string[]): NextToken {
  const all = tokens.map((token) => Buffer.from(token, 'latin1'))
  let at = 0
  return () => {
    const bytes = all[at] as Buffer
    at = at + 1 === all.length ? 0 : at + 1
    return bytes.toString('latin1')
  }
}

/** Checks that a verifier accepts every good token and refuses every bad one. */
export async function assertStrict(
  name: string,
  verify: (token: string) => unknown,
  good: readonly string[],
  bad: readonly string[],
): Promise<void> {
  for (const token of good) await verify(token)
  for (const [at, token] of bad.entries()) {
    let passed = true
    try {
      await verify(token)
    } catch {
      passed = false
    }
    if (passed) throw new Error(`${name} passed bad token ${at}`)
  }
}
