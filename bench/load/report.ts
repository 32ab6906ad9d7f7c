/**
 * The load report: a protected MCP server at 100, 200, 500 and 1000 arrivals a second, in each way of
 * verifying tokens. The load is open: requests arrive at their time, whether or not earlier requests have
 * been answered. A latency counts from the time at which the request should have been sent.
 *
 * `node bench/load/report.ts` writes LOAD.md. LOAD_SECONDS is the length of the run with the greatest
 * rate and without the SDK. With the SDK it takes a third of it. The other rates take a sixth.
 */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { measure } from './open-loop.ts'
import { type Run, runTable } from './run-table.ts'

const MODES = ['none', 'jwt', 'hybrid', 'introspection'] as const
const HANDLERS = ['plain', 'sdk'] as const
const RATES = [100, 200, 500, 1000] as const
const SECONDS = Number(process.env.LOAD_SECONDS ?? 60)

/** The seconds of each rate. The greatest rate takes the longest. */
function loadsOf(handler: string): [rate: number, seconds: number][] {
  const longest = handler === 'plain' ? SECONDS : Math.ceil(SECONDS / 3)
  return RATES.map((rate) => [rate, rate === RATES.at(-1) ? longest : Math.ceil(longest / 6)])
}

const runs: Run[] = []
for (const handler of HANDLERS) {
  for (const mode of MODES) runs.push(...(await measure(handler, mode, loadsOf(handler))))
}
const report = `# Load report

Written by \`node bench/load/report.ts\`, after \`npm run build\`. One MCP server (Node's own HTTP server) gets calls of a tool with 500 users' tokens. With \`sdk\`, the tool is one of the MCP SDK v2, without sessions. The SDK needs most of the time, so \`plain\` is a handler without an SDK. The load is open: requests arrive at their time, whether or not earlier requests have been answered. A latency counts from the time at which the request should have been sent. The load, the server and the authorization server share the cores of one machine, so the latencies are upper bounds. \`none\` is the same server without a gate.

| processor | cores | Node | date |
| --- | --- | --- | --- |
| ${cpus()[0]?.model.trim()} | ${cpus().length} | ${process.versions.node} | ${new Date().toISOString().slice(0, 10)} |

${runTable(runs)}
`
await writeFile(new URL('LOAD.md', import.meta.url), report)
process.exit()
