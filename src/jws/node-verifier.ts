import { KeyObject, verify } from 'node:crypto'
import { toDer } from './ecdsa-signature.ts'
import { toRsaPssKey } from './rsa-pss-key.ts'
import type { VerificationKey } from './verification-key.ts'

/** Verifies a signature on this thread. @internal */
export type NodeVerifier = (signed: Uint8Array, signature: Uint8Array) => boolean

/** The bytes of `r` and of `s` in a signature with each ECDSA algorithm (RFC 7518 §3.4). */
const ECDSA_SIZES: ReadonlyMap<string, number> = new Map([
  ['ES256', 32],
  ['ES384', 48],
  ['ES512', 66],
])

/**
 * Makes the function that verifies signatures with `node:crypto`, on this thread. `verify` gets the key
 * without options. With a key in an options object, Node 24 imports the key anew for each signature. So
 * signatures of ECDSA are written as DER, and keys of RSA-PSS get their own type.
 *
 * @returns `undefined` if only WebCrypto can verify with this key
 * @internal
 */
export function createNodeVerifier({ key, algorithm }: VerificationKey): NodeVerifier | undefined {
  const ready = KeyObject.from(key as Parameters<typeof KeyObject.from>[0])
  if (algorithm === 'Ed25519') return (signed, signature) => verify(null, signed, ready, signature)
  const digest = `sha${algorithm.slice(2)}`
  const size = ECDSA_SIZES.get(algorithm)
  if (size !== undefined) {
    return (signed, signature) => {
      const der = toDer(signature, size)
      return der !== undefined && verify(digest, signed, ready, der)
    }
  }
  const rsa = algorithm.startsWith('PS') ? toRsaPssKey(ready, digest) : ready
  return rsa && ((signed, signature) => verify(digest, signed, rsa, signature))
}
