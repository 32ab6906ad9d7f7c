/**
 * What a policy adds to a request whose token was verified before.
 *
 * The table goes to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/operations.ts`
 */
import { createResourceServer, type ResourceServer } from '../dist/index.js'
import {
  atOnce,
  type Contestant,
  compete,
  cycle,
  find,
  type Goal,
  goalTable,
  ROUNDS,
  rangeOf,
  table,
} from './harness.ts'
import { createSigner, ISSUER, RESOURCE, SCOPE, signMany } from './tokens.ts'

const LANES = 64
const STRIDE = 16
const TOOLS = 200
const GOAL = 3

const signer = await createSigner('RS256')
const tokens = await signMany(signer, 256)
const headers = cycle(tokens.map((token) => `Bearer ${token}`))

const common = {
  resource: RESOURCE,
  authorizationServer: { issuer: ISSUER, keys: signer.jwks },
  requiredScopes: [SCOPE],
}
const names = Array.from({ length: TOOLS }, (_, at) => `tool_${at}`)
const without = createResourceServer(common)
const guarded = createResourceServer({
  ...common,
  scopeHierarchy: { 'mcp:admin': [SCOPE] },
  policy: {
    tools: Object.fromEntries(
      names.map((name, at) => [name, { scopes: [at % 2 === 0 ? SCOPE : 'profile'] }]),
    ),
  },
})

/** As stock clients send it, on the two revisions. */
const bodies = names.map((name, id) => {
  const params = { name, arguments: { a: 1, b: 2, text: 'some words to go with it' } }
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
  return {
    name,
    older: { jsonrpc: '2.0', id, method: 'tools/call', params },
    newer: { jsonrpc: '2.0', id, method: 'tools/call', params: { ...params, _meta } },
    bytes: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params })),
  }
})
type Body = (typeof bodies)[number]

let turn = 0
function nextBody(): Body {
  turn = (turn + 1) % TOOLS
  return bodies[turn] as Body
}

type Message = (body: Body) => {
  message?: object | (() => Promise<Uint8Array>)
  headers?: Record<string, string>
}

function asking(resourceServer: ResourceServer, message: Message): Contestant['measure'] {
  return atOnce(
    LANES,
    async () => {
      const { headers: more, ...rest } = message(nextBody())
      const decision = await resourceServer.authenticate({
        method: 'POST',
        url: '/mcp',
        headers: { authorization: headers(), 'content-type': 'application/json', ...more },
        ...rest,
      })
      if (decision.outcome !== 'allowed') throw new Error(decision.outcome)
    },
    STRIDE,
  )
}

const parse = ({ bytes }: Body): object => JSON.parse(bytes.toString())

const contestants: Contestant[] = [
  { name: 'no policy', measure: asking(without, () => ({})) },
  {
    name: 'policy',
    note: 'the framework has parsed the body',
    measure: asking(guarded, ({ older }) => ({ message: older })),
  },
  {
    name: 'policy, 2026-07-28',
    note: 'the same, and headers compared with the body',
    measure: asking(guarded, ({ newer, name }) => ({
      message: newer,
      headers: {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': name,
      },
    })),
  },
  {
    name: 'no policy, body parsed',
    note: 'as the handler would do anyway',
    measure: asking(without, (body) => ({ message: parse(body) })),
  },
  {
    name: 'policy, body read',
    note: 'reads bytes strictly; the handler gets the result',
    measure: asking(guarded, ({ bytes }) => ({ message: async () => bytes })),
  },
]
const results = await compete(contestants, { rounds: ROUNDS, slice: 400 })

/** Microseconds of processor time that one costs more than another, round by round. */
function added(more: string, than: string): Goal {
  const [a, b] = [find(results, more), find(results, than)]
  const costs = a.costs.map((cost, round) => cost - (b.costs[round] ?? Number.NaN))
  return {
    text: `${more} − ${than}`,
    most: GOAL,
    kind: 'time',
    unit: 'µs',
    measured: rangeOf(costs),
  }
}

console.log(`## Policy: what a policy adds

${TOOLS} tools, each with a scope. Each request calls another tool, ${LANES} at once. The token was verified before.

${table(results, [find(results, 'no policy')])}

${goalTable([
  added('policy', 'no policy'),
  added('policy, 2026-07-28', 'no policy'),
  added('policy, body read', 'no policy, body parsed'),
])}
`)
await without.close()
await guarded.close()
