/**
 * P1: a token that was verified before comes again.
 *
 * The table goes to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/p1-cache-hit.ts`
 */
import { hash } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createVerifier } from 'fast-jwt'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { createResourceServer } from '../dist/index.js'
import { DECISION_CHANNEL, type DecisionEvent } from '../dist/telemetry/index.js'
import {
  assertStrict,
  atOnce,
  type Contestant,
  compete,
  cycle,
  find,
  goalTable,
  oneByOne,
  ROUNDS,
  ratio,
  requireShared,
  table,
  versionOf,
} from './harness.ts'
import { badTokens, createSigner, ISSUER, RESOURCE, SCOPE, signMany } from './tokens.ts'

const LANES = 64
const STRIDE = 16

requireShared('jose')
const signer = await createSigner('RS256')
const tokens = await signMany(signer, 256)
const bad = await badTokens(signer)

const resourceServer = createResourceServer({
  resource: RESOURCE,
  authorizationServer: { issuer: ISSUER, keys: signer.jwks },
  requiredScopes: [SCOPE],
})
const verifyFast = createVerifier({
  key: signer.pem,
  algorithms: ['RS256'],
  allowedIss: ISSUER,
  allowedAud: RESOURCE,
  checkTyp: 'at+jwt',
  requiredClaims: ['iss', 'aud', 'exp'],
  cache: true,
})
const localKeys = createLocalJWKSet(signer.jwks)
const kept = new Map(tokens.map((token) => [digestOf(token), {}]))

function digestOf(token: string): string {
  return hash('sha256', token, 'base64url')
}

async function decide(authorization: string): Promise<void> {
  const { outcome } = await resourceServer.authenticate({
    method: 'POST',
    url: '/mcp',
    headers: { authorization },
  })
  if (outcome !== 'allowed') throw new Error(outcome)
}

await assertStrict('verify', (token) => resourceServer.verify(token), tokens, bad)
await assertStrict('authenticate', (token) => decide(`Bearer ${token}`), tokens, bad)
await assertStrict('fast-jwt', verifyFast, tokens, bad)
function assertHit(message: unknown): void {
  if ((message as DecisionEvent).cache !== 'hit') throw new Error('expected a cache hit')
}
subscribe(DECISION_CHANNEL, assertHit)
for (const token of tokens) await resourceServer.verify(token)
unsubscribe(DECISION_CHANNEL, assertHit)

const next = cycle(tokens)
const nextHeader = cycle(tokens.map((token) => `Bearer ${token}`))
const contestants: Contestant[] = [
  { name: 'verify', measure: atOnce(LANES, () => resourceServer.verify(next()), STRIDE) },
  {
    name: 'authenticate',
    note: 'parses the header, makes a decision',
    measure: atOnce(LANES, () => decide(nextHeader()), STRIDE),
  },
  {
    name: 'fast-jwt',
    version: versionOf('fast-jwt'),
    note: 'its cache hit, synchronous',
    measure: oneByOne(() => verifyFast(next())),
  },
  {
    name: 'jwtVerify',
    version: versionOf('jose'),
    note: '64 at once, no cache',
    measure: atOnce(LANES, () => jwtVerify(next(), localKeys)),
  },
  {
    name: 'crypto.hash + Map.get',
    version: `Node ${process.versions.node}`,
    note: 'the minimum of any cache, synchronous',
    measure: oneByOne(() => {
      if (kept.get(digestOf(next())) === undefined) throw new Error('expected a cache hit')
    }),
  },
]
const results = await compete(contestants, { rounds: ROUNDS, slice: 400 })
const ours = find(results, 'verify')

console.log(`## P1: a cache hit

RS256, ${tokens[0]?.length} characters, ${tokens.length} tokens in turn, each string made anew from bytes. Ours is \`createResourceServer\`, ${LANES} at once. It checks expiry, trust in the key and scopes on every hit.

${table(results, [ours])}

${goalTable([
  { text: "fast-jwt's hit", least: 1.4, measured: ratio(ours, find(results, 'fast-jwt')) },
  { text: '`jwtVerify`', least: 12, measured: ratio(ours, find(results, 'jwtVerify')) },
  {
    text: '`crypto.hash` + `Map.get`, at most 1.25 times its time',
    least: 0.8,
    measured: ratio(ours, find(results, 'crypto.hash + Map.get')),
  },
  {
    text: '`authenticate` ÷ `verify`, at most 1.5 times its time',
    least: 0.67,
    measured: ratio(find(results, 'authenticate'), ours),
  },
])}
`)
await resourceServer.close()
