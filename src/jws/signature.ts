import { ChallengeError } from '../errors/challenge-error.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import type { CompactJws } from './compact-jws.ts'
import { createNodeVerifier } from './node-verifier.ts'
import { SignatureTurns, type SignatureWays } from './signature-turns.ts'
import type { VerificationKey } from './verification-key.ts'

type WebCryptoParameters = Exclude<globalThis.Parameters<typeof crypto.subtle.verify>[0], string>

/**
 * The WebCrypto parameters of each algorithm (RFC 7518 §3, RFC 8037 §3.1). For RSA the digest is not
 * here: it is part of the key, because jose imports each key for one algorithm.
 */
const PARAMETERS: ReadonlyMap<string, WebCryptoParameters> = new Map<string, WebCryptoParameters>([
  ['RS256', { name: 'RSASSA-PKCS1-v1_5' }],
  ['RS384', { name: 'RSASSA-PKCS1-v1_5' }],
  ['RS512', { name: 'RSASSA-PKCS1-v1_5' }],
  ['PS256', { name: 'RSA-PSS', saltLength: 32 }],
  ['PS384', { name: 'RSA-PSS', saltLength: 48 }],
  ['PS512', { name: 'RSA-PSS', saltLength: 64 }],
  ['ES256', { name: 'ECDSA', hash: 'SHA-256' }],
  ['ES384', { name: 'ECDSA', hash: 'SHA-384' }],
  ['ES512', { name: 'ECDSA', hash: 'SHA-512' }],
  ['Ed25519', { name: 'Ed25519' }],
])

/** What {@link waysToVerify} made for each key. An entry disappears with its key. */
const known = new WeakMap<VerificationKey['key'], SignatureWays>()

const turns = new SignatureTurns()

/**
 * Verifies the signature of a JWS with the algorithm of the key. The JWS's `alg` is the same algorithm,
 * because the key was found by it.
 *
 * `node:crypto` or WebCrypto verifies the signature with a key that jose imported. A test compares the
 * results with those of jose. docs/decisions.md explains why jose does not verify the signature itself.
 *
 * @returns whether the signature is valid
 * @internal
 */
export function verifySignature(
  jws: Pick<CompactJws, 'compact' | 'signature'>,
  key: VerificationKey,
): MaybePromise<boolean> {
  let ways = known.get(key.key)
  if (ways === undefined) {
    ways = waysToVerify(key)
    known.set(key.key, ways)
  }
  return turns.verify(ways, signedBytes(jws.compact), jws.signature)
}

/** The bytes that a JWS signs: its presented text before the last dot. Nothing is encoded again. @internal */
export function signedBytes(compact: string): Uint8Array {
  return Buffer.from(compact.slice(0, compact.lastIndexOf('.')), 'latin1')
}

/** Makes both ways to verify signatures with one key. @internal */
export function waysToVerify(key: VerificationKey): SignatureWays {
  const parameters = PARAMETERS.get(key.algorithm)
  if (parameters === undefined) throw new TypeError(`no parameters for ${key.algorithm}`)
  return {
    here: isNode(process.versions) ? createNodeVerifier(key) : undefined,
    elsewhere: (signed, signature) => crypto.subtle.verify(parameters, key.key, signature, signed),
    cost: Number.POSITIVE_INFINITY,
  }
}

/**
 * Checks the signature of an access token, as {@link verifySignature} does.
 *
 * @throws {ChallengeError} `signature_invalid`
 * @internal
 */
export function checkSignature(
  jws: Pick<CompactJws, 'compact' | 'signature'>,
  key: VerificationKey,
): MaybePromise<void> {
  return whenSettled(verifySignature(jws, key), (holds) => {
    if (!holds) throw new ChallengeError('signature_invalid', 'the signature is invalid')
  })
}

/** Bun and Deno have a `node:crypto` of their own, with other speeds and faults. */
function isNode({ bun, deno }: NodeJS.ProcessVersions): boolean {
  return bun === undefined && deno === undefined
}
