/** How much memory the cache takes: for an entry, and after many tokens. */
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { createVerifier } from 'fast-jwt'
import { createResourceServer, type ResourceServer } from '../../dist/index.js'
import { QUICK } from '../harness.ts'
import { createSigner, ISSUER, keycloakClaims, RESOURCE, SCOPE, type Signer } from '../tokens.ts'

// The short form has as many: each entry has a share of the tables, which grow in steps.
const ENTRIES = 10_000
const MANY = QUICK ? 40_000 : 1_000_000
const LANES = 64

/** A slim token has the claims that RFC 9068 requires, and one scope. */
const SLIM_CLAIMS = {
  ...Object.fromEntries(Object.keys(keycloakClaims()).map((name) => [name, undefined])),
  ...(({ iss, exp, sub, client_id, iat, jti }) => ({ iss, exp, sub, client_id, iat, jti }))(
    keycloakClaims(),
  ),
  aud: RESOURCE,
  scope: SCOPE,
}

export interface EntrySizes {
  readonly entries: number
  /** Characters of a token with all claims. */
  readonly length: number
  /** Bytes of an entry. */
  readonly slim: number
  readonly full: number
  /** Bytes of an entry of fast-jwt's cache, with all claims. */
  readonly peer: number
}

export async function entrySizes(): Promise<EntrySizes> {
  const signer = await createSigner('ES256')
  const full = await bytesOf(signer, () => ({}))
  const slim = await bytesOf(signer, () => ({
    ...SLIM_CLAIMS,
    sub: randomUUID(),
    jti: randomUUID(),
  }))
  const verify = createVerifier({ key: signer.pem, algorithms: ['ES256'], cache: ENTRIES })
  return {
    entries: ENTRIES,
    length: full.tokens[0]?.length ?? 0,
    slim: await growth(slim.tokens, slim.verify),
    full: await growth(full.tokens, full.verify),
    peer: await growth(full.tokens, async (token) => verify(token)),
  }
}

/** Tokens as bytes, which are outside the heap, and a verifier that has not seen them. */
async function bytesOf(signer: Signer, changes: () => Record<string, unknown>) {
  const tokens: Buffer[] = []
  // One more than the cache holds: what is allocated once is allocated before the measurement.
  for (let at = 0; at <= ENTRIES; at += 1) tokens.push(Buffer.from(await signer.sign(changes())))
  const resourceServer = createResourceServer({
    resource: RESOURCE,
    authorizationServer: { issuer: ISSUER, algorithms: ['ES256'], keys: signer.jwks },
    requiredScopes: [SCOPE],
    cache: { maxEntries: ENTRIES },
  })
  return { tokens, verify: (token: string) => resourceServer.verify(token) }
}

async function growth(
  tokens: readonly Buffer[],
  verify: (token: string) => Promise<unknown>,
): Promise<number> {
  const [first, ...others] = tokens
  await verify(String(first))
  const before = await heapUsed()
  for (const token of others) await verify(token.toString('latin1'))
  return Math.round(((await heapUsed()) - before) / others.length)
}

/** What a resource server keeps of many distinct tokens. */
export interface Growth {
  readonly tokens: number
  /** How many entries its caches hold then. */
  readonly entries: number
  readonly bytes: number
}

/** Shows many opaque tokens to a resource server. Every second one is inactive. */
export function growthByIntrospection(): Promise<Growth> {
  const resourceServer = createResourceServer({
    resource: RESOURCE,
    authorizationServer: {
      issuer: ISSUER,
      verification: 'introspection',
      introspection: {
        clientId: 'bench',
        clientSecret: 'secret',
        endpoint: `${ISSUER}/introspect`,
      },
    },
    http: { fetch: introspect },
    requiredScopes: [SCOPE],
  })
  // As many active tokens as inactive ones are kept.
  return growthAfterMany(resourceServer, 20_000, (bad) => {
    return `${bad ? 'inactive' : 'active'}-${crypto.randomUUID()}`
  })
}

/** Shows many JWTs to a resource server. The signature of every second one belongs to another token. */
export async function growthBySignature(): Promise<Growth> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'many', alg: 'EdDSA' }
  const resourceServer = createResourceServer({
    resource: RESOURCE,
    authorizationServer: { issuer: ISSUER, algorithms: ['EdDSA'], keys: { keys: [jwk] } },
    requiredScopes: [SCOPE],
  })
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = encode({ alg: 'EdDSA', typ: 'at+jwt', kid: 'many' })
  const claims = keycloakClaims()
  let last = Buffer.alloc(64, 1)
  return growthAfterMany(resourceServer, 10_000, (bad) => {
    const input = `${header}.${encode({ ...claims, jti: randomUUID() })}`
    if (!bad) last = sign(null, Buffer.from(input), privateKey)
    return `${input}.${last.toString('base64url')}`
  })
}

async function growthAfterMany(
  resourceServer: ResourceServer,
  entries: number,
  tokenOf: (bad: boolean) => string,
): Promise<Growth> {
  let shown = 0
  let refused = 0
  const lanes = async (until: number): Promise<void> => {
    while (shown < until) {
      shown += 1
      await resourceServer.verify(tokenOf(shown % 2 === 0)).catch(() => {
        refused += 1
      })
    }
  }
  const show = (until: number) => Promise.all(Array.from({ length: LANES }, () => lanes(until)))
  await show(LANES * 4)
  const before = await heapUsed()
  await show(MANY)
  const bytes = (await heapUsed()) - before
  if (Math.abs(refused - shown / 2) > 1) throw new Error(`${refused} of ${shown} were refused`)
  await resourceServer.close()
  return { tokens: MANY, entries, bytes }
}

const introspect: typeof fetch = async (_url, { body } = {}) => {
  // A real answer comes in a later turn. Node cleans up after the answers before it only between turns.
  await setImmediate()
  const active = new URLSearchParams(String(body)).get('token')?.startsWith('active-') === true
  return Response.json(active ? { ...keycloakClaims(), token_type: 'Bearer', active } : { active })
}

async function heapUsed(): Promise<number> {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('start Node with --expose-gc')
  // What the last turn of the event loop left behind.
  await new Promise((resolve) => setTimeout(resolve, 50))
  gc()
  await new Promise((resolve) => setTimeout(resolve, 50))
  gc()
  return process.memoryUsage().heapUsed
}
