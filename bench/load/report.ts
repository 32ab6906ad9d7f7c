/**
 * The load report: a protected MCP server at 100, 200, 500 and 1000 arrivals a second, in each way of
 * verifying tokens. The load is open: requests arrive at their time, whether or not earlier requests have
 * been answered. A latency counts from the time at which the request should have been sent.
 *
 * `node bench/load/report.ts` writes LOAD.md. LOAD_SECONDS is the length of the run with the greatest
 * rate and without the SDK. With the SDK it takes a third of it. The other rates take a sixth.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { cpus } from 'node:os'

const MODES = ['none', 'jwt', 'hybrid', 'introspection'] as const
const HANDLERS = ['plain', 'sdk'] as const
const RATES = [100, 200, 500, 1000] as const
const SECONDS = Number(process.env.LOAD_SECONDS ?? 60)

/** The results of one run. Latencies are in milliseconds, sorted. */
interface Run {
  readonly handler: string
  readonly mode: string
  readonly rate: number
  readonly latencies: readonly number[]
  readonly wrong: number
  readonly introspections: number
  /** Processor time of the server for one request, in microseconds. */
  readonly cost: number
}

const MESSAGE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'add_numbers', arguments: { a: 2, b: 40 } },
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

function start(file: string, environment: Record<string, string>): ChildProcess {
  const child = fork(new URL(file, import.meta.url), { env: { ...process.env, ...environment } })
  child.on('exit', (code) => {
    if (code !== 0) throw new Error(`${file} ended with ${code}`)
  })
  return child
}

async function ask<Answer>(child: ChildProcess): Promise<Answer> {
  child.send('?')
  const [answer] = await once(child, 'message')
  return answer as Answer
}

/** Sends one call. @returns `undefined` if the answer is right; otherwise what is wrong */
function call(agent: Agent, url: URL, token: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      url,
      {
        agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json, text/event-stream',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(MESSAGE),
          'mcp-protocol-version': '2025-11-25',
        },
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          body += chunk
        })
        response.on('end', () => {
          const isRight = response.statusCode === 200 && body.includes('"42"')
          resolve(isRight ? undefined : `HTTP ${response.statusCode}`)
        })
        response.on('error', (error) => resolve(error.message))
      },
    )
    sent.on('error', (error) => resolve(error.message))
    sent.end(MESSAGE)
  })
}

async function load(
  agent: Agent,
  url: URL,
  tokens: readonly string[],
  rate: number,
  seconds: number,
): Promise<{ readonly latencies: number[]; readonly wrong: number }> {
  const latencies: number[] = []
  const calls: Promise<void>[] = []
  const faults: string[] = []
  const total = rate * seconds
  const begun = performance.now()
  const arrive = (at: number): void => {
    const due = begun + (at * 1000) / rate
    const answered = call(agent, url, tokens[at % tokens.length] ?? '').then((fault) => {
      latencies.push(performance.now() - due)
      if (fault !== undefined) faults.push(fault)
    })
    calls.push(answered)
  }
  await new Promise<void>((resolve) => {
    let sent = 0
    const timer = setInterval(() => {
      const due = Math.min(total, 1 + Math.floor(((performance.now() - begun) * rate) / 1000))
      for (; sent < due; sent += 1) arrive(sent)
      if (sent < total) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  await Promise.all(calls)
  for (const fault of new Set(faults)) {
    console.log(`${faults.filter((one) => one === fault).length} wrong answers: ${fault}`)
  }
  return { latencies: latencies.sort((a, b) => a - b), wrong: faults.length }
}

async function measure(handler: string, mode: string): Promise<Run[]> {
  const resource = `http://127.0.0.1:${await freePort()}/mcp`
  const issuer = start('issuer.ts', { RESOURCE: resource })
  const [about] = await once(issuer, 'message')
  const { issuer: url, tokens } = about as { issuer: string; tokens: string[] }
  const server = start('server.ts', {
    RESOURCE: resource,
    ISSUER: url,
    MODE: mode,
    HANDLER: handler,
  })
  await once(server, 'message')
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const target = new URL(resource)
  for (const token of tokens) await call(agent, target, token)
  const runs: Run[] = []
  for (const rate of RATES) {
    const longest = handler === 'plain' ? SECONDS : Math.ceil(SECONDS / 3)
    const seconds = rate === RATES.at(-1) ? longest : Math.ceil(longest / 6)
    const asked = await ask<number>(issuer)
    const before = await ask<NodeJS.CpuUsage>(server)
    const { latencies, wrong } = await load(agent, target, tokens, rate, seconds)
    const after = await ask<NodeJS.CpuUsage>(server)
    const used = after.user + after.system - before.user - before.system
    const introspections = (await ask<number>(issuer)) - asked
    const run = {
      handler,
      mode,
      rate,
      latencies,
      wrong,
      introspections,
      cost: used / latencies.length,
    }
    console.log(rowOf(run))
    runs.push(run)
  }
  agent.destroy()
  server.disconnect()
  issuer.disconnect()
  return runs
}

function rowOf({ handler, mode, rate, latencies, wrong, introspections, cost }: Run): string {
  const share = (part: number): string => {
    const at = Math.min(latencies.length - 1, Math.floor(latencies.length * part))
    return `${(latencies[at] ?? Number.NaN).toFixed(1)} ms`
  }
  const right = (100 * (latencies.length - wrong)) / latencies.length
  const cells = [
    handler,
    mode,
    rate,
    latencies.length,
    `${right.toFixed(2)} %`,
    share(0.5),
    share(0.95),
    share(0.99),
    share(1),
    introspections,
    `${Math.round(cost)} µs`,
  ]
  return `| ${cells.join(' | ')} |`
}

const runs: Run[] = []
for (const handler of HANDLERS) {
  for (const mode of MODES) runs.push(...(await measure(handler, mode)))
}
const report = `# Load report

Written by \`node bench/load/report.ts\`, after \`npm run build\`. One MCP server (Node's own HTTP server) gets calls of a tool with 500 users' tokens. With \`sdk\`, the tool is one of the MCP SDK v2, without sessions. The SDK needs most of the time, so \`plain\` is a handler without an SDK. The load is open: requests arrive at their time, whether or not earlier requests have been answered. A latency counts from the time at which the request should have been sent. The load, the server and the authorization server share the cores of one machine, so the latencies are upper bounds. \`none\` is the same server without a gate.

| processor | cores | Node | date |
| --- | --- | --- | --- |
| ${cpus()[0]?.model.trim()} | ${cpus().length} | ${process.versions.node} | ${new Date().toISOString().slice(0, 10)} |

| handler | verification | arrivals a second | requests | right answers | p50 | p95 | p99 | longest | introspection calls | processor time of the server for one request |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${runs.map(rowOf).join('\n')}
`
await writeFile(new URL('LOAD.md', import.meta.url), report)
process.exit()
