/**
 * P4: a token that only the authorization server can explain, asked about each time.
 *
 * The tables go to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/p4-introspection.ts`
 */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import {
  createIntrospectionVerifier,
  createResourceServer,
  type ResourceServerOptions,
} from '../dist/index.js'
import {
  atOnce,
  type Contestant,
  compete,
  cycle,
  find,
  type Goal,
  goalTable,
  ROUNDS,
  ratio,
  requireShared,
  table,
  versionOf,
} from './harness.ts'
import { ISSUER, RESOURCE, SCOPE } from './tokens.ts'

const LANES = 64
const TOKENS = 8192
const CONNECTIONS = 16
const CROWD = 10_000

requireShared('undici')
const child = fork(new URL('./introspection-server.ts', import.meta.url))
const [{ port }] = (await once(child, 'message')) as [AddressInfo]
const origin = `http://127.0.0.1:${port}`
const path = '/introspect'

async function timesAsked(): Promise<number> {
  child.send('how often?')
  return ((await once(child, 'message')) as [number])[0]
}

const introspection = { clientId: 'mcp-server', clientSecret: 'secret', endpoint: origin + path }
const http = { connections: CONNECTIONS }
const options: ResourceServerOptions = {
  resource: RESOURCE,
  authorizationServer: { issuer: ISSUER, introspection, verification: 'introspection' },
  requiredScopes: [SCOPE],
  http,
}
const verifier = createIntrospectionVerifier({
  issuer: ISSUER,
  audience: RESOURCE,
  introspection,
  http,
})
const resourceServer = createResourceServer({
  ...options,
  // Half of the tokens that come in turn: none is still there when it comes again.
  cache: { maxEntries: TOKENS / 2 },
})
const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 })
const headers = {
  accept: 'application/json',
  'content-type': 'application/x-www-form-urlencoded',
  authorization: `Basic ${Buffer.from('mcp-server:secret').toString('base64')}`,
}
const bodyOf = (token: string): string => `token=${token}&token_type_hint=access_token`

const tokens = Array.from({ length: TOKENS }, () => randomBytes(32).toString('base64url'))
const next = cycle(tokens)

async function active(answer: Promise<unknown>): Promise<void> {
  if (((await answer) as { active?: unknown }).active !== true) throw new Error('not active')
}

const contestants: Contestant[] = [
  {
    name: 'createIntrospectionVerifier',
    note: 'no cache',
    measure: atOnce(LANES, () => verifier.verify(next())),
  },
  {
    name: 'createResourceServer',
    note: 'a full cache that always misses',
    measure: atOnce(LANES, () => resourceServer.verify(next())),
  },
  {
    name: 'Pool.request',
    version: versionOf('undici'),
    note: 'no rule checked',
    limit: true,
    measure: atOnce(LANES, async () => {
      const { body } = await pool.request({ path, method: 'POST', headers, body: bodyOf(next()) })
      await active(body.json())
    }),
  },
  {
    name: 'fetch',
    version: `Node ${process.versions.node}`,
    note: 'no rule checked',
    measure: atOnce(LANES, async () => {
      const response = await fetch(origin + path, { method: 'POST', headers, body: bodyOf(next()) })
      await active(response.json())
    }),
  },
]
const results = await compete(contestants, { rounds: ROUNDS, slice: 600 })
const own = results.slice(0, 2)
const goals: Goal[] = own.flatMap((ours) => [
  {
    text: `${ours.name} ÷ bare \`Pool.request\``,
    least: 0.85,
    measured: ratio(ours, find(results, 'Pool.request')),
  },
  { text: `${ours.name} ÷ \`fetch\``, least: 2.5, measured: ratio(ours, find(results, 'fetch')) },
])

/** How often the endpoint is asked when so many requests show one token at the same time. */
async function crowd(changes: Partial<ResourceServerOptions>): Promise<number> {
  const cold = createResourceServer({ ...options, ...changes })
  const token = cycle([randomBytes(32).toString('base64url')])
  const before = await timesAsked()
  await Promise.all(Array.from({ length: CROWD }, () => cold.verify(token())))
  const calls = (await timesAsked()) - before
  await cold.close()
  return calls
}

const crowds = [
  ['with the default cache', await crowd({})],
  ['with `cache: false`', await crowd({ cache: false })],
] as const

console.log(`## P4: introspection

${LANES} at once, ${TOKENS} opaque tokens in turn, ${CONNECTIONS} connections, \`pipelining: 1\`. The endpoint has its own process. Ours reads the answer strictly and applies all rules. The others read the JSON and look only at \`active\`.

${table(results, own)}

${goalTable(goals)}

${CROWD.toLocaleString('en')} requests at the same time with one token that is not in the cache:

${goalTable(
  crowds.map(([name, calls]) => ({
    text: `${CROWD.toLocaleString('en')} requests, ${name}`,
    most: 1,
    kind: 'count',
    unit: 'calls upstream',
    measured: { median: calls, least: calls, most: calls },
  })),
)}
`)
await Promise.all([verifier.close?.(), resourceServer.close(), pool.close()])
child.disconnect()
