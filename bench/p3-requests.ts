/**
 * P3: what the gate adds to a whole request, whose token was verified before.
 *
 * Each server has a process of its own, which says how much processor time it has used. The load comes from
 * this process. The tables go to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/p3-requests.ts`
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import autocannon from 'autocannon'
import {
  type Goal,
  goalTable,
  markdownTable,
  median,
  type Range,
  ROUNDS,
  rangeOf,
  requireShared,
  shown,
  versionOf,
} from './harness.ts'
import { createSigner, signMany } from './tokens.ts'

const CONNECTIONS = 32
/** The seconds of one turn of one server. Many short turns disturb the median less than few long ones. */
const SLICE = Number(process.env.P3_SECONDS ?? 0.5)
const TURNS = 2 * ROUNDS
/** Turns that only warm up. */
const WARM_UP = 4
const ONLY = process.env.P3_ONLY

const FRAMEWORKS = ['node:http', 'Express', 'Fastify', 'Hono', 'fetch'] as const
const METHODS = ['POST', 'GET'] as const

/** What is compared with the bare server. */
const GUARDS = {
  'node:http': ['gate', 'one digest'],
  Express: ['gate', 'empty middleware', 'one digest', 'requireBearerAuth'],
  Fastify: ['gate', 'empty middleware'],
  Hono: ['gate', 'empty middleware'],
  fetch: ['gate'],
} as const

const MESSAGE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'add_numbers', arguments: { a: 2, b: 40 } },
})

type Framework = (typeof FRAMEWORKS)[number]
type Guard = 'none' | (typeof GUARDS)[Framework][number]
type Method = (typeof METHODS)[number]

/** A server under load. */
interface Contestant {
  readonly framework: Framework
  /** What stands before the handler; `none` is the bare server. */
  readonly guard: Guard
  readonly child: ChildProcess
  readonly port: number
}

/** One turn of a server. */
interface Turn {
  /** Requests a second. */
  readonly rate: number
  /** Microseconds of processor time for one request, on all threads of the server's process. */
  readonly cost: number
}

requireShared('jose')
const signer = await createSigner('RS256')
const tokens = await signMany(signer, 64)

async function start(framework: Framework, guard: Contestant['guard']): Promise<Contestant> {
  const KEYS = JSON.stringify(signer.jwks)
  const environment = { ...process.env, FRAMEWORK: framework, GUARD: guard, KEYS }
  const child = fork(new URL('requests/server.ts', import.meta.url), { env: environment })
  const [port] = await once(child, 'message')
  return { framework, guard, child, port: port as number }
}

function headersWith(token: string): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-protocol-version': '2025-11-25',
  }
}

/** A guard that lets everything pass, or a server that fails, would win every comparison. */
async function assertWorks({ framework, guard, port }: Contestant): Promise<void> {
  const token = tokens[0] as string
  const forged = `${token.slice(0, -20)}${'A'.repeat(20)}`
  for (const method of METHODS) {
    const good = await statusOf(port, method, token)
    const bad = await statusOf(port, method, forged)
    const verifies = guard === 'gate' || guard === 'requireBearerAuth'
    if (good !== 200 || bad !== (verifies ? 401 : 200)) {
      throw new Error(`${framework}, ${guard}: ${method} gave ${good} and ${bad}`)
    }
  }
}

async function statusOf(port: number, method: Method, token: string): Promise<number | undefined> {
  const sent = request({
    host: '127.0.0.1',
    port,
    path: '/mcp',
    method,
    headers: headersWith(token),
  })
  sent.end(method === 'POST' ? MESSAGE : undefined)
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

async function cpuOf({ child }: Contestant): Promise<number> {
  child.send('?')
  const [{ user, system }] = await once(child, 'message')
  return user + system
}

async function takeTurn(contestant: Contestant, method: Method, seconds: number): Promise<Turn> {
  const requests = tokens.map((token) => ({ headers: headersWith(token) }))
  const before = await cpuOf(contestant)
  const load = await autocannon({
    url: `http://127.0.0.1:${contestant.port}/mcp`,
    method,
    ...(method === 'POST' && { body: MESSAGE }),
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: 100,
    requests,
  })
  const used = (await cpuOf(contestant)) - before
  const { errors, non2xx } = load
  if (errors + non2xx > 0)
    throw new Error(`${contestant.framework}: ${non2xx + errors} answers wrong`)
  const answered = load['2xx']
  return { rate: answered / load.duration, cost: used / answered }
}

/** The results of all rounds of one method, in the order of the contestants. */
async function compete(contestants: readonly Contestant[], method: Method): Promise<Turn[][]> {
  const turns: Turn[][] = contestants.map(() => [])
  for (let round = -WARM_UP; round < TURNS; round += 1) {
    for (const [at, contestant] of contestants.entries()) {
      const turn = await takeTurn(contestant, method, SLICE)
      if (round >= 0) turns[at]?.push(turn)
    }
  }
  return turns
}

interface Row {
  readonly name: string
  readonly cells: readonly string[]
  readonly added: Range
  readonly relative: Range
  readonly throughput: Range
}

function rowOf({ framework, guard }: Contestant, own: readonly Turn[], bare: readonly Turn[]): Row {
  const pairs = own.map((turn, round) => [turn, bare[round] as Turn] as const)
  const added = rangeOf(pairs.map(([turn, without]) => turn.cost - without.cost))
  const relative = rangeOf(pairs.map(([turn, without]) => without.cost / turn.cost))
  const throughput = rangeOf(pairs.map(([turn, without]) => turn.rate / without.rate))
  const name = guard === 'gate' ? framework : `${framework}, ${guard}`
  return {
    name,
    added,
    relative,
    throughput,
    cells: [
      name,
      guard === 'requireBearerAuth' ? versionOf('@modelcontextprotocol/sdk') : '',
      String(Number(median(bare.map(({ cost }) => cost)).toPrecision(3))),
      shown(added),
      shown(relative),
      shown(throughput),
    ],
  }
}

function goalsOf(method: Method, { name, added, relative, throughput }: Row): Goal[] {
  return [
    {
      text: `${method}, ${name}: CPU time that the gate adds`,
      most: 5,
      kind: 'time',
      unit: 'µs',
      measured: added,
    },
    {
      text: `${method}, ${name}: throughput with the gate ÷ without`,
      least: 0.9,
      measured: { ...throughput, cpu: relative },
    },
  ]
}

const contestants = await Promise.all(
  FRAMEWORKS.filter((one) => ONLY === undefined || ONLY.includes(one)).flatMap((framework) => [
    start(framework, 'none'),
    ...GUARDS[framework].map((guard) => start(framework, guard)),
  ]),
)
for (const contestant of contestants) await assertWorks(contestant)

const sections: string[] = []
for (const method of METHODS) {
  const turns = await compete(contestants, method)
  const rows = contestants.flatMap((contestant, at) => {
    if (contestant.guard === 'none') return []
    const bare = contestants.findIndex(
      ({ framework, guard }) => framework === contestant.framework && guard === 'none',
    )
    return [rowOf(contestant, turns[at] as Turn[], turns[bare] as Turn[])]
  })
  const head = [
    method,
    'version',
    'CPU µs without',
    'CPU µs added (range)',
    'CPU without ÷ with (range)',
    'throughput with ÷ without (range)',
  ]
  sections.push(
    markdownTable(
      head,
      rows.map(({ cells }) => cells),
    ),
  )
  // A guard of another package has no goal.
  const ours = rows.filter(({ name }) => !name.includes(','))
  sections.push(goalTable(ours.flatMap((row) => goalsOf(method, row))))
}
for (const { child } of contestants) child.disconnect()

console.log(`## P3: whole requests

\`tools/call\` as a small POST with a JSON body, which the handler parses and answers; then GET, whose handler only answers. ${CONNECTIONS} connections, ${tokens.length} tokens in turn, each verified before. Every server has a process of its own, which says how much processor time it has used. The server without a gate takes its turn beside the one with it, round after round. Hono and fetch run on ${versionOf('@hono/node-server')}. The peer is \`requireBearerAuth\` with a \`Map\` before \`jwtVerify\`. An empty middleware shows what the framework takes for any middleware, and one SHA-256 digest of the header what any cache takes that keeps no tokens. A slower server lets its caller sleep, and to wake the caller costs the server some more: these numbers are two to three times those of the same work in a loop.

${sections.join('\n\n')}
`)
