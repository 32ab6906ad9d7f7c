/**
 * P6: tokens that are refused without a signature check, and what happens to the key set in a flood, an
 * outage and a rotation.
 *
 * The tables go to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/p6-refusals.ts`
 */
import { createLocalJWKSet, jwtVerify } from 'jose'
import { createResourceServer } from '../dist/index.js'
import {
  atOnce,
  type Contestant,
  compete,
  cycle,
  type Goal,
  goalTable,
  QUICK,
  ROUNDS,
  rangeOf,
  ratio,
  requireShared,
  table,
  versionOf,
} from './harness.ts'
import { keySetGoals } from './refusals/key-set-counts.ts'
import { createSigner, ISSUER, RESOURCE, SCOPE, type Signer, signMany } from './tokens.ts'

const TOKENS = QUICK ? 64 : 256
/** The greatest cost of a refusal, in microseconds. */
const CHEAP = 1.5
const EXPIRED = 5
const TIMES_CHEAPER = 10

interface Kind {
  readonly name: string
  readonly reason: string
  readonly most: number
  readonly tokens: readonly string[]
}

requireShared('jose')
const signer = await createSigner('RS256')
const resourceServer = createResourceServer({
  resource: RESOURCE,
  authorizationServer: { issuer: ISSUER, keys: signer.jwks },
  requiredScopes: [SCOPE],
})
const localKeys = createLocalJWKSet(signer.jwks)
const options = { issuer: ISSUER, audience: RESOURCE, algorithms: ['RS256'], typ: 'at+jwt' }

async function kinds({ jwk }: Signer): Promise<Kind[]> {
  const good = await signMany(signer, TOKENS)
  const expired = await Promise.all(good.map((_, at) => signer.sign({ exp: 1_700_000_000 + at })))
  const withHeader = (changes: object): string[] => {
    const header = { alg: 'RS256', typ: 'at+jwt', kid: jwk.kid, ...changes }
    const encoded = Buffer.from(JSON.stringify(header)).toString('base64url')
    return good.map((token) => encoded + token.slice(token.indexOf('.')))
  }
  return [
    {
      name: 'malformed',
      reason: 'token_malformed',
      most: CHEAP,
      tokens: good.map((token) => `!${token}`),
    },
    {
      name: 'algorithm',
      reason: 'algorithm_refused',
      most: CHEAP,
      tokens: withHeader({ alg: 'HS256' }),
    },
    {
      name: 'kid',
      reason: 'key_unknown',
      most: CHEAP,
      tokens: withHeader({ kid: 'made-up-by-somebody-else' }),
    },
    { name: 'expired', reason: 'token_expired', most: EXPIRED, tokens: expired },
  ]
}

async function assertRefused({ reason, tokens: [token = ''] }: Kind): Promise<void> {
  const found = await resourceServer.verify(token).catch((error) => error.reason)
  if (found !== reason) throw new Error(`expected ${reason}, found ${found}`)
}

const refused = (): void => {}
const sections: string[] = []
const goals: Goal[] = []
for (const kind of await kinds(signer)) {
  await assertRefused(kind)
  const next = cycle(kind.tokens)
  const contestants: Contestant[] = [
    { name: kind.name, measure: atOnce(1, () => resourceServer.verify(next()).catch(refused), 16) },
    {
      name: 'jwtVerify',
      version: versionOf('jose'),
      measure: atOnce(1, () => jwtVerify(next(), localKeys, options).catch(refused), 16),
    },
  ]
  const results = await compete(contestants, { rounds: ROUNDS, slice: 200 })
  const [ours, theirs] = results
  if (ours === undefined || theirs === undefined) throw new Error('no results')
  sections.push(table(results, [ours]))
  goals.push(
    {
      text: `${kind.name}: processor time`,
      most: kind.most,
      kind: 'time',
      unit: 'µs',
      measured: rangeOf(ours.costs),
    },
    { text: `${kind.name} ÷ \`jwtVerify\``, least: TIMES_CHEAPER, measured: ratio(ours, theirs) },
  )
}
await resourceServer.close()

console.log(`## P6: refusals and the key set

${TOKENS} tokens in turn, one at a time, each string made anew from bytes. A refusal is an error object with a reason. What is made up costs no signature check.

${sections.join('\n\n')}

${goalTable([...goals, ...(await keySetGoals())])}
`)
process.exit()
