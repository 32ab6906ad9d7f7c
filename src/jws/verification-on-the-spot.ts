import { constants, KeyObject, verify } from 'node:crypto'
import type { VerificationKey } from './verification-key.ts'

/** What `node:crypto` must know beside the key. */
interface Encoding {
  readonly dsaEncoding?: 'ieee-p1363'
  readonly padding?: number
  readonly saltLength?: number
}

/** How `node:crypto` verifies with one algorithm. */
interface Method {
  /** `null`: the algorithm brings its own digest. */
  readonly digest: string | null
  readonly encoding?: Encoding
}

const pss = (saltLength: number): Encoding => ({
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength,
})

/**
 * The algorithms that verify in much less than a millisecond (RFC 7518 §3, RFC 8037 §3.1). The others
 * are left to WebCrypto, which does not stop the event loop.
 */
const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['RS256', { digest: 'sha256' }],
  ['RS384', { digest: 'sha384' }],
  ['RS512', { digest: 'sha512' }],
  ['PS256', { digest: 'sha256', encoding: pss(32) }],
  ['PS384', { digest: 'sha384', encoding: pss(48) }],
  ['PS512', { digest: 'sha512', encoding: pss(64) }],
  ['ES256', { digest: 'sha256', encoding: { dsaEncoding: 'ieee-p1363' } }],
  ['Ed25519', { digest: null }],
])

/** Longest RSA modulus in bits. A verification with a longer one takes up to a millisecond. */
const MAX_RSA_BITS = 4096

/** Bun and Deno have a `node:crypto` of their own, with other speeds and faults. */
const ON_NODE = process.versions.bun === undefined && process.versions.deno === undefined

type VerifyOnTheSpot = (signed: Uint8Array, signature: Uint8Array) => boolean

/** What {@link onTheSpot} found for each key. Keys that are no longer used disappear by themselves. */
const found = new WeakMap<VerificationKey['key'], VerifyOnTheSpot | null>()

/** Whether a signature was verified on the spot in this turn of the event loop. */
let turnIsTaken = false

const endTurn = (): void => {
  turnIsTaken = false
}

/**
 * Returns a function that verifies a signature at once. For a single request that is faster than
 * WebCrypto, which hands the work to another thread and back. When many requests come together,
 * WebCrypto is better: its threads work at the same time, and the event loop goes on. So the first
 * signature in each turn of the event loop is verified at once, and the others are left to WebCrypto.
 *
 * @returns `undefined` if WebCrypto must verify
 * @internal
 */
export function onTheSpot(key: VerificationKey): VerifyOnTheSpot | undefined {
  if (turnIsTaken || !ON_NODE) return undefined
  let verifier = found.get(key.key)
  if (verifier === undefined) {
    verifier = createVerifier(key)
    found.set(key.key, verifier)
  }
  if (verifier === null) return undefined
  turnIsTaken = true
  setImmediate(endTurn)
  return verifier
}

function createVerifier({ key, algorithm }: VerificationKey): VerifyOnTheSpot | null {
  const method = METHODS.get(algorithm)
  if (method === undefined) return null
  const platformKey = KeyObject.from(key as Parameters<typeof KeyObject.from>[0])
  if ((platformKey.asymmetricKeyDetails?.modulusLength ?? 0) > MAX_RSA_BITS) return null
  const { digest, encoding } = method
  const input = encoding === undefined ? platformKey : { key: platformKey, ...encoding }
  return (signed, signature) => verify(digest, signed, input, signature)
}
