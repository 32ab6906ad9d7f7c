/**
 * P1: a token that was verified before is shown again.
 *
 * The table goes to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/p1-cache-hit.ts`
 */
import { hash } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { createResourceServer, type VerificationContext } from '../dist/index.js'
import {
  atOnce,
  type Contestant,
  compete,
  cycle,
  find,
  goalTable,
  oneByOne,
  ROUNDS,
  ratio,
  requireJudgement,
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
  scopes: [SCOPE],
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

await requireJudgement('verify', (token) => resourceServer.verify(token), tokens, bad)
await requireJudgement('authenticate', (token) => decide(`Bearer ${token}`), tokens, bad)
await requireJudgement('fast-jwt', verifyFast, tokens, bad)
for (const token of tokens) {
  const context: VerificationContext = { observed: {} }
  await resourceServer.verify(token, context)
  if (context.observed?.cache !== 'hit') throw new Error('that was to be a hit')
}

const next = cycle(tokens)
const nextHeader = cycle(tokens.map((token) => `Bearer ${token}`))
const contestants: Contestant[] = [
  { name: 'verify', measure: atOnce(LANES, () => resourceServer.verify(next()), STRIDE) },
  {
    name: 'authenticate',
    note: 'the header parsed, a decision made',
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
    note: 'the least a cache can do, synchronous',
    measure: oneByOne(() => {
      if (kept.get(digestOf(next())) === undefined) throw new Error('that was to be a hit')
    }),
  },
]
const results = await compete(contestants, { rounds: ROUNDS, slice: 400 })
const ours = find(results, 'verify')

console.log(`## P1: a cache hit

RS256, ${tokens[0]?.length} characters, ${tokens.length} tokens in turn, each made afresh from bytes. Ours: \`createResourceServer\`, ${LANES} at once; expiry, trust in the key and scopes judged at every hit.

${table(results, [ours])}

${goalTable([
  { text: "fast-jwt's hit", least: 1.4, measured: ratio(ours, find(results, 'fast-jwt')) },
  { text: '`jwtVerify`', least: 12, measured: ratio(ours, find(results, 'jwtVerify')) },
  {
    text: '`crypto.hash` + `Map.get`',
    least: 0.75,
    measured: ratio(ours, find(results, 'crypto.hash + Map.get')),
  },
])}
`)
await resourceServer.close()
