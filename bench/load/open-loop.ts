/**
 * An open load on an MCP server: requests arrive at their time, whether or not earlier requests have been
 * answered. A latency counts from the time at which the request should have been sent.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { freePort } from '../../scripts/keycloak/ports.ts'
import { cellsOf, type Run } from './run-table.ts'

const MESSAGE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'add_numbers', arguments: { a: 2, b: 40 } },
})

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
    console.error(`${faults.filter((one) => one === fault).length} wrong answers: ${fault}`)
  }
  return { latencies: latencies.sort((a, b) => a - b), wrong: faults.length }
}

/** Runs one server under loads, each a rate and its seconds, one after the other. */
export async function measure(
  handler: string,
  mode: string,
  loads: readonly (readonly [rate: number, seconds: number])[],
): Promise<Run[]> {
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
  for (const [rate, seconds] of loads) {
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
    console.error(cellsOf(run).join(', '))
    runs.push(run)
  }
  agent.destroy()
  server.disconnect()
  issuer.disconnect()
  return runs
}
