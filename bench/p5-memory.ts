/**
 * P5: what a cached result takes in memory, that a million tokens stay within the bound, and that no token
 * stays in memory.
 *
 * The tables go to standard output. After `npm run build && npm ci --prefix bench`:
 * `node --expose-gc bench/p5-memory.ts`
 */
import { type Goal, goalTable } from './harness.ts'
import { entrySizes, growthAfterMany } from './memory/entries.ts'
import { searchHeaps } from './memory/searched-servers.ts'

const sizes = await entrySizes()
const { tokens, entries, bytes } = await growthAfterMany()
const searched = await searchHeaps()

const count = (number: number): Goal['measured'] => ({
  median: number,
  least: number,
  most: number,
})
const secrets = searched.reduce((sum, { shown }) => sum + shown, 0)

console.log(`## P5: memory

An entry of the cache, with its key and its share of the tables, of ${sizes.entries.toLocaleString('en')} entries. The slim token has the claims that RFC 9068 requires, and one scope; the other is one of Keycloak, of ${sizes.length} characters. fast-jwt keeps the claims of the same token. Then ${tokens.toLocaleString('en')} distinct tokens, half of them inactive, at a resource server with the default cache.

${goalTable([
  { text: 'a slim result', most: 800, kind: 'count', unit: 'bytes', measured: count(sizes.slim) },
  {
    text: 'a result with all claims of Keycloak',
    most: 2048,
    kind: 'count',
    unit: 'bytes',
    measured: count(sizes.full),
  },
  {
    text: `the same in fast-jwt's cache`,
    kind: 'time',
    unit: 'bytes',
    measured: count(sizes.peer),
  },
  {
    text: `the heap after ${tokens.toLocaleString('en')} tokens, divided by the ${entries.toLocaleString('en')} entries that its caches hold`,
    most: 2048,
    kind: 'count',
    unit: 'bytes',
    measured: count(Math.round(bytes / entries)),
  },
])}

Heap snapshots, after the requests have ended, with their connections open. ${secrets.toLocaleString('en')} secrets were shown: tokens that are good, expired, forged, damaged or for another server, as bearer and as DPoP tokens, with their proofs; payloads, signatures and opaque tokens are searched for in parts of 24 characters. One token, which the handler keeps on purpose, must be found.

${goalTable(
  searched.map(({ mode, found, control }) => ({
    text: `secrets in the heap of a server: ${mode}${control ? '' : ' (**the control was not found**)'}`,
    most: 0,
    kind: 'count',
    unit: 'secrets',
    measured: count(control ? found : Number.NaN),
  })),
)}
`)
process.exit()
