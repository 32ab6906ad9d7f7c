/**
 * P2: a token that has not been seen before, verified with a key that is at hand.
 *
 * The tables go to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/p2-miss.ts`, with names of algorithms behind it for those alone.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createJwtVerifier, createResourceServer } from '../dist/index.js'
import {
  assertStrict,
  atOnce,
  type Contestant,
  compete,
  cycle,
  find,
  type Goal,
  goalTable,
  oneByOne,
  ROUNDS,
  ratio,
  requireShared,
  table,
} from './harness.ts'
import { type Entrant, peers } from './miss/peers.ts'
import { RAW_NOTES, rawSignature } from './miss/raw-signature.ts'
import { measureTurns } from './miss/turns.ts'
import {
  type Algorithm,
  badTokens,
  createSigner,
  ISSUER,
  RESOURCE,
  SCOPE,
  type Signer,
  signMany,
} from './tokens.ts'

const LANES = 64
const TOKENS = 4096

function ours({ jwks, algorithm }: Signer): Entrant[] {
  const verifier = createJwtVerifier({
    issuer: ISSUER,
    audience: RESOURCE,
    algorithms: [algorithm],
    keys: jwks,
  })
  const resourceServer = createResourceServer({
    resource: RESOURCE,
    authorizationServer: { issuer: ISSUER, algorithms: [algorithm], keys: jwks },
    requiredScopes: [SCOPE],
    // Half of the tokens that come in turn: none is still there when it comes again.
    cache: { maxEntries: TOKENS / 2 },
  })
  return [
    {
      name: 'createJwtVerifier',
      note: 'no cache',
      strict: true,
      verify: (token) => verifier.verify(token),
    },
    {
      name: 'createResourceServer',
      note: 'a full cache that always misses',
      strict: true,
      verify: (token) => resourceServer.verify(token),
    },
  ]
}

interface Compared {
  readonly table: string
  readonly goals: readonly Goal[]
}

async function compare(signer: Signer): Promise<Compared> {
  const { algorithm, jwks } = signer
  const keyServer = createServer((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(jwks))
  }).listen(0, '127.0.0.1')
  await once(keyServer, 'listening')
  const jwksUri = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`

  const tokens = await signMany(signer, TOKENS)
  const bad = await badTokens(signer)
  const next = cycle(tokens)
  const entrants = [...ours(signer), ...peers(signer, jwksUri)]
  const contestants: Contestant[] = []
  for (const { strict, synchronous, verify, ...described } of entrants) {
    await assertStrict(described.name, verify, tokens.slice(0, 8), strict ? bad : bad.slice(0, 2))
    const measure = synchronous
      ? oneByOne(() => verify(next()))
      : atOnce(LANES, async () => verify(next()))
    contestants.push({ ...described, measure })
  }
  const results = await compete(contestants, { rounds: ROUNDS, slice: 400 })
  keyServer.close()
  keyServer.closeAllConnections()

  const own = results.slice(0, 2)
  const goals: Goal[] = own.map((one) => ({
    text: `${algorithm}: ${one.name} ÷ \`jwtVerify\``,
    least: 0.9,
    measured: ratio(one, find(results, 'jwtVerify')),
  }))
  const rivals = entrants.slice(2).filter(({ strict }) => strict)
  const fastest = rivals
    .map(({ name }) => find(results, name))
    .map((rival) => ({ rival, ahead: own.map((one) => ratio(one, rival)) }))
    .sort((a, b) => (a.ahead[0]?.median ?? 0) - (b.ahead[0]?.median ?? 0))[0]
  for (const [at, one] of own.entries()) {
    const measured = fastest?.ahead[at]
    if (fastest === undefined || measured === undefined) continue
    goals.push({
      text: `${algorithm}: ${one.name} ÷ the fastest peer that checks issuer, audience and type (${fastest.rival.name})`,
      least: 1,
      measured,
    })
  }
  const alone = await compareAlone(signer, tokens, entrants)
  return {
    table: `### ${algorithm}, ${tokens[0]?.length} characters\n\n${table(results, own)}\n\nOne at a time:\n\n${alone.table}\n`,
    goals: [...goals, ...alone.goals],
  }
}

/** One token after the other. The least work is the signature. Then how long 64 at once hold the event loop. */
async function compareAlone(
  signer: Signer,
  tokens: readonly string[],
  entrants: readonly Entrant[],
): Promise<Compared> {
  const { algorithm } = signer
  const next = cycle(tokens)
  const [first, , ...others] = entrants as [Entrant, Entrant, ...Entrant[]]
  const contestants = [first, ...others].map(({ synchronous, verify, ...described }) => ({
    ...described,
    measure: synchronous
      ? oneByOne(() => verify(next()))
      : atOnce(1, () => Promise.resolve(verify(next())), 8),
  }))
  const raw: Contestant = {
    name: 'crypto.verify',
    version: `Node ${process.versions.node}`,
    note: RAW_NOTES[algorithm],
    measure: oneByOne(rawSignature(signer, tokens)),
  }
  const results = await compete([...contestants, raw], { rounds: ROUNDS, slice: 200 })
  const ours = find(results, first.name)
  const rounds = { rounds: 5, slice: 200 }
  const turns = await measureTurns(LANES, async () => first.verify(next()), rounds)
  const about = (what: string): string => `${algorithm}: ${what} turn of the event loop, 64 at once`
  return {
    table: table(results, [ours]),
    goals: [
      {
        text: `${algorithm}: ${ours.name} one at a time ÷ \`crypto.verify\``,
        least: 0.75,
        measured: ratio(ours, find(results, raw.name)),
      },
      { text: about('99th percentile of a'), kind: 'time', unit: 'µs', measured: turns.usual },
      { text: about('longest'), kind: 'time', unit: 'µs', measured: turns.longest },
    ],
  }
}

requireShared('jose')
const all: readonly Algorithm[] = ['RS256', 'PS256', 'ES256', 'EdDSA']
const chosen = all.filter((name) => process.argv.length < 3 || process.argv.includes(name))
const sections: string[] = []
const goals: Goal[] = []
for (const algorithm of chosen) {
  const compared = await compare(await createSigner(algorithm))
  sections.push(compared.table)
  goals.push(...compared.goals)
}
console.log(`## P2: a miss

${LANES} at once, ${TOKENS} tokens in turn, each string made anew from bytes, with keys in memory. Ours checks issuer, audience, type, times, required claims and repeated members. The other packages check the same as far as they can, except \`jwtVerify\` and jsonwebtoken.

${sections.join('\n')}
### Goals

${goalTable(goals)}
`)
