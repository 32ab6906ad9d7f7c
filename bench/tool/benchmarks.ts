/** The benchmarks, and how one of them is run. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Measurement, Message } from './goals.ts'

export interface Benchmark {
  /** The id of the goal, such as `P1`. */
  readonly id: string
  /** The script, in this folder's parent. */
  readonly script: string
  /** Arguments of the short form. A benchmark without them has no short form. */
  readonly quick?: readonly string[]
}

export const BENCHMARKS: readonly Benchmark[] = [
  { id: 'P1', script: 'p1-cache-hit.ts', quick: [] },
  { id: 'P2', script: 'p2-miss.ts', quick: ['RS256'] },
  { id: 'P3', script: 'p3-requests.ts' },
  { id: 'P4', script: 'p4-introspection.ts', quick: [] },
  { id: 'P5', script: 'p5-memory.ts', quick: [] },
  { id: 'P6', script: 'p6-refusals.ts', quick: [] },
  { id: 'P7', script: 'p7-import.ts', quick: [] },
  { id: 'P8', script: 'p8-load.ts', quick: [] },
  { id: 'DPoP', script: 'dpop.ts', quick: [] },
  { id: 'Policy', script: 'operations.ts' },
  { id: 'Revocation', script: 'revocation.ts' },
]

/** What a benchmark gave: its part of RESULTS.md, and its goals. */
export interface Outcome {
  readonly section: string
  readonly measured: readonly Measurement[]
}

/**
 * Runs a benchmark in a process of its own, so that it runs no code that the engine has optimised for
 * another benchmark.
 *
 * @throws if the benchmark ends with an error
 */
export async function run({ id, script, quick }: Benchmark, short: boolean): Promise<Outcome> {
  const child = fork(new URL(`../${script}`, import.meta.url), short ? [...(quick ?? [])] : [], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, BENCH_QUICK: short ? '1' : '0' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let section = ''
  const measured: Measurement[] = []
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    section += chunk
    process.stdout.write(chunk)
  })
  child.on('message', ({ goals }: Message) => {
    measured.push(...goals.map((goal) => ({ benchmark: id, ...goal })))
  })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`bench/${script} ended with ${code ?? signal}`)
  return { section: section.trim(), measured }
}

/** The benchmarks with these ids; all of them if no id is given. @throws {TypeError} naming an unknown id */
export function benchmarksOf(ids: readonly string[], short: boolean): readonly Benchmark[] {
  const unknown = ids.find((id) => !BENCHMARKS.some((one) => one.id === id))
  if (unknown !== undefined) {
    const known = BENCHMARKS.map(({ id }) => id).join(', ')
    throw new TypeError(`no benchmark is called ${unknown}; there are ${known}`)
  }
  const chosen = ids.length === 0 ? BENCHMARKS : BENCHMARKS.filter(({ id }) => ids.includes(id))
  return short ? chosen.filter(({ quick }) => quick !== undefined) : chosen
}
