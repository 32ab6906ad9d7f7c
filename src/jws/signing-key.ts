import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto'
import type { CryptoKey } from 'jose'
import { isObject } from '../json-object.ts'
import { SIGNATURE_ALGORITHMS } from './algorithms.ts'
import type { OwnSigner } from './own-signer.ts'
import { readKeyAlgorithm } from './verification-key.ts'

/**
 * A private key for signing: a JWK, a PEM (PKCS #8), a `CryptoKey`, a `KeyObject`, or a signer of your
 * own for a key that stays in a key management service or a hardware security module.
 */
export type SigningKey =
  | string
  | Readonly<Record<string, unknown>>
  | CryptoKey
  | KeyObject
  | OwnSigner

/** A private key that was read from an option. @internal */
export interface ReadSigningKey {
  readonly key: KeyObject | CryptoKey
  /** The public half; `undefined` for a `CryptoKey` that cannot be exported. */
  readonly publicJwk: Readonly<Record<string, unknown>> | undefined
  /** The algorithms that the key allows, the most common one first. */
  readonly algorithms: readonly string[]
  readonly keyId: string | undefined
}

const RSA_ALGORITHMS = ['RS256', 'PS256', 'RS384', 'RS512', 'PS384', 'PS512']

/** Both names of the algorithm. Most servers know only the old one (RFC 9864 §2.2). */
const ED25519_NAMES = ['EdDSA', 'Ed25519']

/**
 * Reads a private key. It must be asymmetric, and its public half must be as strong as the keys that
 * tokens are verified with.
 *
 * @returns the key, or what is wrong with it. The words contain nothing of the key.
 * @internal
 */
export function readSigningKey(given: unknown): ReadSigningKey | { readonly fault: string } {
  if (typeof given === 'string') return fromPem(given)
  if (given instanceof Uint8Array) {
    return { fault: 'it is bytes; give the text, such as readFileSync(file, "utf8")' }
  }
  if (given instanceof KeyObject) return fromKeyObject(given, {})
  if (given instanceof globalThis.CryptoKey) return fromCryptoKey(given as CryptoKey)
  if (isObject(given)) return fromJwk(given)
  return { fault: 'it is neither a JWK, a PEM, a CryptoKey, a KeyObject nor an object with sign()' }
}

function fromPem(pem: string): ReadSigningKey | { readonly fault: string } {
  if (/^\s*-----BEGIN CERTIFICATE-----/.test(pem)) {
    return { fault: 'it is a certificate; signing needs the private key' }
  }
  if (/-----BEGIN [A-Z ]*PUBLIC KEY-----/.test(pem)) {
    return { fault: 'it is a public key; signing needs the private key' }
  }
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----/.test(pem)) {
    return { fault: 'it is encrypted; decrypt it, or give a KeyObject' }
  }
  try {
    return fromKeyObject(createPrivateKey(pem), {})
  } catch {
    const hint = pem.includes('-----BEGIN') ? '' : '; give the content of the file, not its name'
    return { fault: `it is not a private key in PEM form (PKCS #8)${hint}` }
  }
}

function fromJwk(
  jwk: Readonly<Record<string, unknown>>,
): ReadSigningKey | { readonly fault: string } {
  const { kty, d, kid, use, alg, key_ops: operations } = jwk
  if (kty === 'oct' || 'k' in jwk) return { fault: 'it is a symmetric key' }
  if (typeof d !== 'string') return { fault: 'it is a public key; signing needs the private key' }
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('sign'))) {
    return { fault: '"key_ops" does not contain "sign"' }
  }
  try {
    return fromKeyObject(createPrivateKey({ key: jwk, format: 'jwk' }), { kid, use, alg })
  } catch {
    return { fault: 'it is not a valid private JWK' }
  }
}

/** @param members members of the JWK beside the key itself */
function fromKeyObject(
  key: KeyObject,
  members: Readonly<Record<'kid' | 'use' | 'alg', unknown>> | Record<string, never>,
): ReadSigningKey | { readonly fault: string } {
  if (key.type === 'secret') return { fault: 'it is a symmetric key' }
  if (key.type !== 'private') return { fault: 'it is a public key; signing needs the private key' }
  let publicJwk: Readonly<Record<string, unknown>>
  try {
    publicJwk = { ...createPublicKey(key).export({ format: 'jwk' }) }
  } catch {
    return { fault: `keys of the type ${key.asymmetricKeyType} are not supported` }
  }
  const { kid, use, alg } = members
  const found = readKeyAlgorithm({ ...publicJwk, kid, use, alg }, SIGNATURE_ALGORITHMS)
  if ('fault' in found) return { fault: found.fault }
  const algorithms =
    typeof alg === 'string'
      ? [alg]
      : found.algorithm === 'Ed25519'
        ? ED25519_NAMES
        : publicJwk.kty === 'RSA'
          ? RSA_ALGORITHMS
          : [found.algorithm]
  return { key, publicJwk, algorithms, keyId: kid as string | undefined }
}

/** Reads a `CryptoKey`, whose algorithm is fixed. Only its length can be checked if it cannot be exported. */
function fromCryptoKey(key: CryptoKey): ReadSigningKey | { readonly fault: string } {
  if (key.type === 'secret') return { fault: 'it is a symmetric key' }
  if (key.type !== 'private') return { fault: 'it is a public key; signing needs the private key' }
  if (!key.usages.includes('sign')) return { fault: 'its usages do not contain "sign"' }
  const algorithms = algorithmsOf(key.algorithm as CryptoKeyAlgorithm)
  if (algorithms.length === 0) {
    return { fault: `keys of the type ${key.algorithm.name} are not supported` }
  }
  if (!key.extractable) {
    const { modulusLength = 2048 } = key.algorithm as CryptoKeyAlgorithm
    if (modulusLength < 2048) return { fault: `modulus of ${modulusLength} bits` }
    return { key, publicJwk: undefined, algorithms, keyId: undefined }
  }
  const read = fromKeyObject(KeyObject.from(key as Parameters<typeof KeyObject.from>[0]), {})
  return 'fault' in read ? read : { ...read, key, algorithms }
}

interface CryptoKeyAlgorithm {
  readonly name: string
  readonly hash?: { readonly name: string }
  readonly namedCurve?: string
  readonly modulusLength?: number
}

function algorithmsOf({ name, hash, namedCurve }: CryptoKeyAlgorithm): readonly string[] {
  const bits = hash?.name.replace('SHA-', '')
  const names: Readonly<Record<string, readonly string[]>> = {
    'RSASSA-PKCS1-v1_5': [`RS${bits}`],
    'RSA-PSS': [`PS${bits}`],
    ECDSA: [{ 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }[namedCurve ?? ''] ?? ''],
    Ed25519: ED25519_NAMES,
  }
  const known = SIGNATURE_ALGORITHMS as readonly string[]
  return (names[name] ?? []).filter((algorithm) => known.includes(algorithm))
}
