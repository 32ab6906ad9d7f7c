/**
 * P5: what a cached result takes in memory, that a million tokens stay within the bound, and that no token
 * stays in memory.
 *
 * The tables go to standard output. After `npm run build && npm ci --prefix bench`:
 * `node --expose-gc bench/p5-memory.ts`
 */
import { type Goal, goalTable } from './harness.ts'
import { entrySizes, growthByIntrospection, growthBySignature } from './memory/entries.ts'
import { searchHeaps } from './memory/searched-servers.ts'

const sizes = await entrySizes()
const growths = [
  ['JWTs, of which every second one is forged', await growthBySignature()],
  ['opaque tokens, of which every second one is inactive', await growthByIntrospection()],
] as const
const searched = await searchHeaps()

const count = (number: number): Goal['measured'] => ({
  median: number,
  least: number,
  most: number,
})
const secrets = searched.reduce((sum, { shown }) => sum + shown, 0)

console.log(`## P5: memory

An entry of the cache, with its key and its share of the tables, of ${sizes.entries.toLocaleString('en')} entries. The slim token has the claims that RFC 9068 requires, and one scope; the other is one of Keycloak, of ${sizes.length} characters. fast-jwt keeps the claims of the same token. Then many distinct tokens at a resource server with the default cache.

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
  ...growths.map(
    ([what, { tokens, entries, bytes }]): Goal => ({
      text: `the heap after ${tokens.toLocaleString('en')} ${what}, divided by the ${entries.toLocaleString('en')} entries that the caches hold`,
      most: 2048,
      kind: 'count',
      unit: 'bytes',
      measured: count(Math.round(bytes / entries)),
    }),
  ),
])}

Heap snapshots, after the requests have ended, with their connections open. ${secrets.toLocaleString('en')} secrets were shown: tokens that are good, expired, forged, damaged or for another server, as bearer and as DPoP tokens, with proofs that are good, repeated, damaged, old or for another URL; exchanged tokens that are not to be kept, and a client secret that was replaced. Payloads, signatures, opaque tokens and secrets are searched for in parts of 24 characters, in all text of the heap, with one byte and with two bytes a character. Signatures, opaque tokens and secrets are searched for in the bytes of all byte arrays too. The handler keeps five tokens on purpose: as text, as two-byte text, as a part, as bytes and as two-byte bytes. They must be found.

${goalTable(
  searched.map(({ mode, found, missed }) => ({
    text: `secrets in the heap of a server: ${mode}${missed.length > 0 ? ` (**not found on purpose: ${missed.join(', ')}**)` : ''}`,
    most: 0,
    kind: 'count',
    unit: 'secrets',
    measured: count(missed.length > 0 ? Number.NaN : found),
  })),
)}
`)
process.exit()
