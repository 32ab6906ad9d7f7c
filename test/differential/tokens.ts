/**
 * Compares ours with jose and oauth4webapi, on mutants of tokens and of key sets. A mutant of a token is
 * damaged after it was signed, or its header and claims are changed and signed anew.
 */
import { constants, sign } from 'node:crypto'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import type { TestKey } from '../../src/testing/test-key.ts'
import { pick, type Random, randomFrom } from '../support/differential/random-uris.ts'
import { editsFrom } from '../support/mutators/edit.ts'
import { mutateDocument, mutateToken } from '../support/mutators/mutate-token.ts'
import { classOf } from './classes.ts'
import { ALGORITHMS } from './signatures.ts'
import { createVerifiers, ISSUER, RESOURCE, type Verifiers } from './verifiers.ts'

/** How often a class of disagreement occurred. */
export interface Disagreement {
  count: number
  readonly example: string
}

export interface TokenCounts {
  readonly compared: number
  /** How many tokens all verifiers accept. */
  readonly accepted: number
  /** How many tokens all verifiers refuse. */
  readonly refused: number
  /** By the name of the class. */
  readonly classes: Map<string, Disagreement>
  /** Disagreements that no class explains, and unsigned bytes that ours accepts. */
  readonly failures: string[]
}

const KEYS: readonly TestKey[] = ALGORITHMS.map((algorithm) =>
  createTestKey({ algorithm, keyId: `key-${algorithm}` }),
)

/** The keys that sign quickly: they sign the mutants. */
const QUICK = KEYS.filter(({ algorithm }) => algorithm === 'ES256' || algorithm === 'EdDSA')

const encoded = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')

function signText({ algorithm, privateKey }: TestKey, header: string, payload: string): string {
  const text = `${encoded(header)}.${encoded(payload)}`
  const digest = algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`
  const pss = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  }
  const key = {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
    ...(algorithm.startsWith('PS') ? pss : {}),
  } as const
  return `${text}.${sign(digest, Buffer.from(text), key).toString('base64url')}`
}

const headerFor = ({ algorithm, keyId }: TestKey) => ({ alg: algorithm, typ: 'at+jwt', kid: keyId })

function claimsFor(random: Random): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: ISSUER,
    aud: random() < 0.5 ? RESOURCE : [RESOURCE, 'account'],
    sub: 'alice',
    client_id: 'inspector',
    scope: 'openid mcp:tools',
    jti: `token-${Math.floor(random() * 1000)}`,
    iat: now - 60,
    exp: now + 36_000,
    ...(random() < 0.2 ? { nbf: now - 60 } : {}),
    ...(random() < 0.2 ? { email: 'ada@example.com', realm_access: { roles: ['user'] } } : {}),
  }
}

/** Documents that mutants take members from: claims of other tokens, and members that change the meaning. */
const DONORS: readonly Record<string, unknown>[] = [
  {
    iss: 'https://sso.example.com/realms/other',
    aud: 'https://other.example.com',
    exp: 1,
    nbf: 5e9,
  },
  {
    cnf: { jkt: 'x'.repeat(43) },
    events: {},
    nonce: 'n',
    typ: 'ID',
    iat: 5e9,
    client_id: '',
    sub: '',
  },
  {
    typ: 'JWT',
    alg: 'none',
    crit: ['b64'],
    b64: true,
    kid: 'other',
    jwk: {},
    enc: 'A128GCM',
    zip: 'DEF',
  },
  { typ: 'application/at+jwt', alg: 'HS256', kid: 5, cty: 'JWT' },
]

/** Good tokens. Mutants are made of them, and take parts from them. */
interface Originals {
  readonly tokens: readonly string[]
  /** Everything before the last dot of each token. */
  readonly signed: ReadonlySet<string>
}

function originals(random: Random): Originals {
  const tokens = KEYS.flatMap((key) =>
    Array.from({ length: 4 }, () =>
      signText(key, JSON.stringify(headerFor(key)), JSON.stringify(claimsFor(random))),
    ),
  )
  return { tokens, signed: new Set(tokens.map((token) => token.slice(0, token.lastIndexOf('.')))) }
}

/** A mutant whose header or claims were changed before it was signed. */
function signedAnew(random: Random): string {
  const key = pick(random, QUICK)
  const donor = pick(random, DONORS)
  let header = JSON.stringify(headerFor(key))
  let payload = JSON.stringify(claimsFor(random))
  if (random() < 0.35) header = mutateDocument(headerFor(key), editsFrom(random, 2), donor)
  else payload = mutateDocument(JSON.parse(payload), editsFrom(random, 2), donor)
  return signText(key, header, payload)
}

type Counts = { -readonly [Key in keyof TokenCounts]: TokenCounts[Key] }

export async function compareTokens(
  count: number,
  seed: number,
  goOn: (done: number) => boolean = () => true,
): Promise<TokenCounts> {
  const random = randomFrom(seed)
  const { tokens, signed } = originals(random)
  const all = createVerifiers({ keys: KEYS.map(({ publicKey }) => publicKey) })
  const counts = nothingCounted()
  const compareOne = async (): Promise<void> => {
    const anew = random() < 0.6
    const token = anew
      ? signedAnew(random)
      : mutateToken(pick(random, tokens), editsFrom(random), tokens)
    const genuine = anew || signed.has(token.slice(0, token.lastIndexOf('.')))
    await judge(counts, all, token, token, genuine)
  }
  await inBatches(count, compareOne, goOn)
  return counts
}

/** Compares key sets: mutants of a good one, each with good tokens. */
export async function compareKeySets(
  count: number,
  seed: number,
  goOn: (done: number) => boolean = () => true,
): Promise<TokenCounts> {
  const random = randomFrom(seed)
  const counts = nothingCounted()
  const rsa = KEYS.find(({ algorithm }) => algorithm === 'RS256')
  const pss = KEYS.find(({ algorithm }) => algorithm === 'PS256')
  const some = [...QUICK, rsa, pss].flatMap((key) => key ?? [])
  const signedBy = some.map((key) => {
    const { kid, ...withoutKeyId } = headerFor(key)
    const claims = JSON.stringify(claimsFor(() => 0.9))
    return [{ kid, ...withoutKeyId }, withoutKeyId].map((header) =>
      signText(key, JSON.stringify(header), claims),
    )
  })
  const documents = some.map(({ publicKey }) => publicKey)
  const compareOne = async (): Promise<void> => {
    const at = Math.floor(random() * some.length)
    const donor = {
      ...pick(random, documents),
      d: 'AQ',
      use: 'enc',
      alg: 'HS256',
      key_ops: ['sign'],
    }
    const single = random() < 0.5
    const good = single ? [documents[at]] : documents
    const text = mutateDocument(
      single ? documents[at] : { keys: good },
      editsFrom(random, 2),
      donor,
    )
    let keys: unknown
    try {
      keys = JSON.parse(text)
    } catch {
      return
    }
    const set = single ? { keys: [keys] } : keys
    const token = pick(random, signedBy[at] ?? [])
    await judge(counts, createVerifiers(set), token, `${JSON.stringify(set)} ${token}`, true)
  }
  await inBatches(count, compareOne, goOn)
  return counts
}

const nothingCounted = (): Counts => ({
  compared: 0,
  accepted: 0,
  refused: 0,
  classes: new Map(),
  failures: [],
})

async function judge(
  counts: Counts,
  { ours, jose, oauth4webapi }: Verifiers,
  token: string,
  shown: string,
  genuine: boolean,
): Promise<void> {
  const [own, ...others] = await Promise.all([ours(token), jose(token), oauth4webapi(token)])
  counts.compared += 1
  if (own === undefined && !genuine) {
    counts.failures.push(`ours accepts bytes that nobody signed: ${shown}`)
  }
  if (own === undefined && others.every((verdict) => verdict === undefined)) {
    counts.accepted += 1
    return
  }
  if (own !== undefined && others.every((verdict) => verdict !== undefined)) {
    counts.refused += 1
    return
  }
  const [first, second] = others
  const name = classOf({ ours: own, jose: first, oauth4webapi: second })
  if (name === undefined) {
    counts.failures.push(`ours ${own}; jose ${first}; oauth4webapi ${second}: ${shown}`)
    return
  }
  const known = counts.classes.get(name)
  if (known === undefined) counts.classes.set(name, { count: 1, example: shown })
  else known.count += 1
}

async function inBatches(
  count: number,
  compareOne: () => Promise<void>,
  goOn: (done: number) => boolean,
): Promise<void> {
  for (let done = 0; done < count && goOn(done); ) {
    const batch = Math.min(32, count - done)
    await Promise.all(Array.from({ length: batch }, compareOne))
    done += batch
  }
}
