/**
 * What the list of revocations costs a request whose token was verified before, how much memory it takes,
 * and how long the end of many streams takes.
 *
 * The table goes to standard output. After `npm run build && npm ci --prefix bench`:
 * `node --expose-gc bench/revocation.ts`. Without `--expose-gc` the memory is not measured.
 */
import { createResourceServer, type ResourceServer } from '../src/index.ts'
import { OpenStreams } from '../src/revocation/open-streams.ts'
import { revocationKey } from '../src/revocation/revocation.ts'
import { RevocationList } from '../src/revocation/revocation-list.ts'
import {
  atOnce,
  type Contestant,
  compete,
  cycle,
  find,
  type Goal,
  goalTable,
  median,
  ROUNDS,
  rangeOf,
  table,
} from './harness.ts'
import { createSigner, ISSUER, RESOURCE, SCOPE, signMany } from './tokens.ts'

const LANES = 64
const STRIDE = 16
const GOAL = 0.2
const MANY = 100_000
const STREAMS = 10_000

const signer = await createSigner('RS256')
const headers = cycle((await signMany(signer, 256)).map((token) => `Bearer ${token}`))

async function serverWith(entries: number): Promise<ResourceServer> {
  const server = createResourceServer({
    resource: RESOURCE,
    authorizationServer: { issuer: ISSUER, keys: signer.jwks },
    requiredScopes: [SCOPE],
    revocation: { maxRevocations: 10_000_000 },
  })
  for (let at = 0; at < entries; at += 1) await server.revoke({ session: `session-${at}` })
  return server
}

const asking = (server: ResourceServer): Contestant['measure'] =>
  atOnce(
    LANES,
    async () => {
      const decision = await server.authenticate({
        method: 'POST',
        url: '/mcp',
        headers: { authorization: headers() },
      })
      if (decision.outcome !== 'allowed') throw new Error(decision.outcome)
    },
    STRIDE,
  )

/** Revokes something every millisecond, so that every token is looked up again. */
function inFlow(server: ResourceServer): Contestant['measure'] {
  const measure = asking(server)
  let count = 0
  return async (milliseconds) => {
    const timer = setInterval(() => {
      count += 1
      void server.revoke({ session: `flow-${count}` })
    }, 1)
    try {
      return await measure(milliseconds)
    } finally {
      clearInterval(timer)
    }
  }
}

const flowing = await serverWith(1000)
const contestants: Contestant[] = [
  { name: 'no entries', measure: asking(await serverWith(0)) },
  { name: '1 000 entries', measure: asking(await serverWith(1000)) },
  { name: '100 000 entries', measure: asking(await serverWith(MANY)) },
  {
    name: 'a new entry every ms',
    note: 'every token is looked up again after each',
    measure: inFlow(flowing),
  },
]
const results = await compete(contestants, { rounds: ROUNDS, slice: 400 })
const none = find(results, 'no entries')
const goals = results.slice(1).map((result): Goal => {
  const added = result.costs.map((cost, round) => cost - (none.costs[round] ?? Number.NaN))
  return {
    text: `CPU µs a request, ${result.name} − no entries`,
    ...(result.name.endsWith('entries') ? { most: GOAL } : {}),
    kind: 'time',
    unit: 'µs',
    measured: rangeOf(added),
  }
})

function listOf(entries: number): RevocationList {
  const list = new RevocationList({
    longestTokenLife: 86_400,
    maxRevocations: 10_000_000,
    clock: Date.now,
    onFull: () => {},
  })
  const at = Date.now() / 1000
  for (let entry = 0; entry < entries; entry += 1) {
    const everything = revocationKey(ISSUER, 'everything')
    const key = revocationKey(ISSUER, 'session', `session-${entry}`)
    list.add({ key, everything, issuedUntil: undefined, at })
  }
  return list
}

function memoryOf(make: () => unknown): string {
  const { gc } = globalThis
  if (gc === undefined) return 'not measured'
  gc()
  const before = process.memoryUsage().heapUsed
  const kept = make()
  gc()
  const bytes = process.memoryUsage().heapUsed - before
  // So that it is not collected before.
  return kept === undefined ? '' : `${Math.round(bytes / MANY)} bytes`
}

/** Milliseconds until all streams of a revoked subject have ended, and the longest pause of other work. */
async function timeToEnd(): Promise<{ all: number; pause: number }> {
  const list = listOf(1000)
  const done = Promise.withResolvers<void>()
  const streams = new OpenStreams({
    isRevoked: (token) => list.isRevoked(token),
    onEnded: () => done.resolve(),
  })
  const now = Math.floor(Date.now() / 1000)
  for (let at = 0; at < STREAMS; at += 1) {
    const token = { issuer: ISSUER, subject: 'alice', clientId: 'c', tokenId: `t${at}` }
    const times = { issuedAt: now - 60, expiresAt: now + 300, claims: { sid: `sid-${at}` } }
    streams.add({ ...token, ...times } as never, () => {})
  }
  let pause = 0
  let last = performance.now()
  const watch = (): void => {
    pause = Math.max(pause, performance.now() - last)
    last = performance.now()
    if (streams.size > 0) setImmediate(watch)
  }
  const start = performance.now()
  const everything = revocationKey(ISSUER, 'everything')
  list.add({
    key: revocationKey(ISSUER, 'subject', 'alice'),
    everything,
    issuedUntil: now,
    at: now,
  })
  streams.endRevoked()
  watch()
  await done.promise
  return { all: performance.now() - start, pause }
}

const ends = []
for (let round = 0; round < ROUNDS; round += 1) ends.push(await timeToEnd())
const middleOf = (values: number[]): string => median(values).toFixed(1)

console.log(`## Revocation: what the list costs

${LANES} requests at once. The token was verified before.

${table(results, [none])}

${goalTable(goals)}

- Memory of an entry, with ${MANY} entries: ${memoryOf(() => listOf(MANY))}.
- ${STREAMS} open streams end within ${middleOf(ends.map(({ all }) => all))} ms of a revocation. Other work waits at most ${middleOf(ends.map(({ pause }) => pause))} ms meanwhile. The writing on the sockets is not counted.
`)
process.exit()
