/** The runs of an open load as a table. */
import { markdownTable } from '../tool/goals.ts'

/** The results of one run. Latencies are in milliseconds, sorted. */
export interface Run {
  readonly handler: string
  readonly mode: string
  readonly rate: number
  readonly latencies: readonly number[]
  readonly wrong: number
  readonly introspections: number
  /** Processor time of the server for one request, in microseconds. */
  readonly cost: number
}

const HEAD = [
  'handler',
  'verification',
  'arrivals a second',
  'requests',
  'right answers',
  'p50',
  'p95',
  'p99',
  'longest',
  'introspection calls',
  'processor time of the server for one request',
]

export function runTable(runs: readonly Run[]): string {
  return markdownTable(HEAD, runs.map(cellsOf))
}

/** The cells of one row. */
export function cellsOf(run: Run): readonly string[] {
  const share = (part: number): string => `${latencyAt(run, part).toFixed(1)} ms`
  return [
    run.handler,
    run.mode,
    String(run.rate),
    String(run.latencies.length),
    `${rightAnswers(run).toFixed(2)} %`,
    share(0.5),
    share(0.95),
    share(0.99),
    share(1),
    String(run.introspections),
    `${Math.round(run.cost)} µs`,
  ]
}

/** A percentile of the latency, in milliseconds. @param part of the requests that are not slower, such as 0.99 */
export function latencyAt({ latencies }: Run, part: number): number {
  const at = Math.min(latencies.length - 1, Math.floor(latencies.length * part))
  return latencies[at] ?? Number.NaN
}

/** The right answers, in percent of all answers. */
export function rightAnswers({ latencies, wrong }: Run): number {
  return (100 * (latencies.length - wrong)) / latencies.length
}
