/**
 * P8: 1,000 arrivals a second, open loop, at one server, in each way of verifying tokens. load/LOAD.md has more
 * rates, and the same with an MCP SDK.
 *
 * The tables go to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/p8-load.ts`
 */
import { type Goal, goalTable, QUICK } from './harness.ts'
import { measure } from './load/open-loop.ts'
import { latencyAt, type Run, rightAnswers, runTable } from './load/run-table.ts'

const RATE = 1000
const SECONDS = Number(process.env.LOAD_SECONDS ?? (QUICK ? 10 : 60))
const MODES = ['none', 'jwt', 'hybrid', 'introspection'] as const

const LOADS = [
  // The first second warms up: the caches of the server, and the engine.
  [RATE, 1],
  [RATE, SECONDS],
] as const

const runs: Run[] = []
for (const mode of MODES) runs.push(...(await measure('plain', mode, LOADS)).slice(1))

const goal = (text: string, value: number, more: Partial<Goal>): Goal => ({
  text,
  measured: { median: value, least: value, most: value },
  ...more,
})
const goals = runs
  .filter(({ mode }) => mode !== 'none')
  .flatMap((run) => [
    goal(`${run.mode}: right answers`, rightAnswers(run), { least: 100, kind: 'count', unit: '%' }),
    goal(`${run.mode}: p95`, latencyAt(run, 0.95), { most: 10, kind: 'time', unit: 'ms' }),
    goal(`${run.mode}: p99`, latencyAt(run, 0.99), { most: 25, kind: 'time', unit: 'ms' }),
  ])

console.log(`## P8: 1,000 arrivals a second

${SECONDS} seconds, 500 tokens, with a warm cache. The load is open: requests arrive at their time, whether or not earlier requests have been answered, and a latency counts from that time. The load, the server and the authorization server share the cores of one machine, so the latencies are upper bounds. \`none\` is the same server without a gate.

${runTable(runs)}

${goalTable(goals)}
`)
process.exit()
