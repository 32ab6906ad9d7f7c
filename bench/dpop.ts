/**
 * DPoP: a token that was verified before comes again, with a new DPoP proof (RFC 9449).
 *
 * The table goes to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/dpop.ts`
 */
import {
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { createResourceServer } from '../dist/index.js'
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
  requireShared,
  table,
} from './harness.ts'
import { createSigner, ISSUER, RESOURCE, SCOPE } from './tokens.ts'

const LANES = 64
const CLIENTS = 64
const SLICE = 200

/** A client with its key, the header of its proofs, and its token. */
interface Client {
  readonly privateKey: KeyObject
  readonly encodedHeader: string
  readonly token: string
}

requireShared('jose')
const signer = await createSigner('RS256')
const clients = await Promise.all(Array.from({ length: CLIENTS }, createClient))

async function createClient(): Promise<Client> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  const token = await signer.sign({ cnf: { jkt: await calculateJwkThumbprint(jwk) } })
  return { privateKey, encodedHeader: encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk }), token }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function makeProof({ privateKey, encodedHeader, token }: Client, url = RESOURCE): string {
  const payload = {
    jti: randomUUID(),
    htm: 'POST',
    htu: url,
    iat: Math.floor(Date.now() / 1000),
    ath: hash('sha256', token, 'base64url'),
  }
  const signed = `${encodedHeader}.${encoded(payload)}`
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

/** Hands out each proof once, with its token, each a new string made from bytes. */
function stock(count: number): () => { readonly token: string; readonly proof: string } {
  const proofs = Array.from({ length: count }, (_, at) => {
    const client = clients[at % CLIENTS] as Client
    return { token: Buffer.from(client.token), proof: Buffer.from(makeProof(client)) }
  })
  return () => {
    const next = proofs.pop()
    if (next === undefined) throw new Error('too few proofs were made')
    return { token: next.token.toString('latin1'), proof: next.proof.toString('latin1') }
  }
}

const resourceServer = createResourceServer({
  resource: RESOURCE,
  authorizationServer: { issuer: ISSUER, keys: signer.jwks },
  requiredScopes: [SCOPE],
})

async function outcomeOf(headers: Record<string, string>): Promise<string> {
  const { outcome } = await resourceServer.authenticate({ method: 'POST', url: '/mcp', headers })
  return outcome
}

async function assertAllowed(headers: Record<string, string>): Promise<void> {
  const outcome = await outcomeOf(headers)
  if (outcome !== 'allowed') throw new Error(outcome)
}

const withProof = (token: string, proof: string) => ({
  authorization: `DPoP ${token}`,
  dpop: proof,
})

const bearer = await signer.sign()
await assertAllowed({ authorization: `Bearer ${bearer}` })
for (const client of clients) {
  const { token } = client
  const proof = makeProof(client)
  await assertAllowed(withProof(token, proof))
  for (const bad of [proof, makeProof(client, `${RESOURCE}/other`), `${makeProof(client)}A`]) {
    if ((await outcomeOf(withProof(token, bad))) !== 'challenged') throw new Error('not challenged')
  }
}

// The raw verification: a ready key, and the encoding of signatures that needs no option.
const [{ privateKey: rawKey, encodedHeader, token }] = clients as [Client]
const message = Buffer.from(
  makeProof({ privateKey: rawKey, encodedHeader, token }).split('.', 2).join('.'),
)
const signature = sign('sha256', message, rawKey)
const publicKey = createPublicKey(rawKey)
const rawVerify = oneByOne(() => {
  if (!verify('sha256', message, publicKey, signature)) throw new Error('the signature is invalid')
})

// No proof may be made while the clock runs, and none may come twice.
await rawVerify(SLICE)
const fastest = Math.max(await rawVerify(SLICE), await rawVerify(SLICE))
const count = Math.ceil(((ROUNDS + 1) * 3 * (2 * fastest * SLICE)) / 1000)
const next = stock(count)
const nextBearer = cycle([`Bearer ${bearer}`])

async function proveOnce(): Promise<void> {
  const { token: shown, proof } = next()
  await assertAllowed(withProof(shown, proof))
}

const contestants: Contestant[] = [
  {
    name: 'one at a time',
    note: 'each in a turn of the event loop of its own, as over a socket',
    measure: atOnce(1, async () => {
      await nextTurn()
      await proveOnce()
    }),
  },
  { name: `${LANES} at once`, measure: atOnce(LANES, proveOnce) },
  {
    name: 'crypto.verify',
    version: `Node ${process.versions.node}`,
    note: 'ES256, one signature, synchronous',
    measure: rawVerify,
  },
  {
    name: 'bearer token',
    note: `a hit without a proof, ${LANES} at once`,
    measure: atOnce(LANES, () => assertAllowed({ authorization: nextBearer() }), 16),
  },
]
const results = await compete(contestants, { rounds: ROUNDS, slice: SLICE })
const [alone, together] = results
if (alone === undefined || together === undefined) throw new Error('no results')
const raw = find(results, 'crypto.verify')

console.log(`## DPoP: a cache hit with a proof

ES256, ${CLIENTS} clients, each with a key and a token of its own. Each proof is new, and was made before the clock ran. The goal, at most 1.5 times the time of one signature, is a ratio of at least 0.67.

${table(results, [alone, together])}

${goalTable([
  { text: 'one at a time ÷ `crypto.verify`', least: 0.67, measured: ratio(alone, raw) },
  { text: `${LANES} at once ÷ \`crypto.verify\``, least: 0.67, measured: ratio(together, raw) },
])}
`)
await resourceServer.close()
