import { KeyObject, verify } from 'node:crypto'
import { toDer } from './ecdsa-signature.ts'
import type { VerificationKey } from './verification-key.ts'

/**
 * The algorithms that `node:crypto` verifies in much less than a millisecond, with their digests; `null`
 * if the digest is part of the algorithm (RFC 7518 §3, RFC 8037 §3.1).
 *
 * ES384 and ES512 would block the event loop. For RSA-PSS, `node:crypto` needs a key in an options
 * object, and is then slower than WebCrypto.
 */
const DIGESTS: ReadonlyMap<string, string | null> = new Map([
  ['RS256', 'sha256'],
  ['RS384', 'sha384'],
  ['RS512', 'sha512'],
  ['ES256', 'sha256'],
  ['Ed25519', null],
])

/** Longest RSA modulus in bits. A verification with a longer one takes up to a millisecond. */
const MAX_RSA_BITS = 4096

/** Bun and Deno have a `node:crypto` of their own, with other speeds and faults. */
const ON_NODE = process.versions.bun === undefined && process.versions.deno === undefined

type SynchronousVerifier = (signed: Uint8Array, signature: Uint8Array) => boolean

/** What {@link createVerifier} made for each key. An entry disappears with its key. */
const verifiers = new WeakMap<VerificationKey['key'], SynchronousVerifier | 'not-possible'>()

/** Whether a signature was verified synchronously in this turn of the event loop. */
let turnIsTaken = false

const endTurn = (): void => {
  turnIsTaken = false
}

/**
 * Returns a function that verifies a signature synchronously. For a single request that is faster than
 * WebCrypto, which hands the work to another thread and back. For many requests at the same time
 * WebCrypto is better: its threads work in parallel, and the event loop is not blocked. So the first
 * signature in each turn of the event loop is verified synchronously, and the others by WebCrypto.
 *
 * @returns `undefined` if WebCrypto must verify
 * @internal
 */
export function synchronousVerifier(key: VerificationKey): SynchronousVerifier | undefined {
  if (turnIsTaken || !ON_NODE) return undefined
  let verifier = verifiers.get(key.key)
  if (verifier === undefined) {
    verifier = createVerifier(key) ?? 'not-possible'
    verifiers.set(key.key, verifier)
  }
  if (verifier === 'not-possible') return undefined
  turnIsTaken = true
  setImmediate(endTurn)
  return verifier
}

function createVerifier({ key, algorithm }: VerificationKey): SynchronousVerifier | undefined {
  const digest = DIGESTS.get(algorithm)
  if (digest === undefined) return undefined
  const ready = KeyObject.from(key as Parameters<typeof KeyObject.from>[0])
  if ((ready.asymmetricKeyDetails?.modulusLength ?? 0) > MAX_RSA_BITS) return undefined
  if (algorithm !== 'ES256') return (signed, signature) => verify(digest, signed, ready, signature)
  return (signed, signature) => {
    const der = toDer(signature)
    return der !== undefined && verify(digest, signed, ready, der)
  }
}
