import type { CryptoKey, JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { importJWK } from 'jose/key/import'
import { sameAlgorithm } from './algorithms.ts'
import { hasRocaFingerprint } from './roca.ts'

/** A public key for checking signatures of one algorithm. @internal */
export interface VerificationKey {
  readonly keyId: string | undefined
  /** The algorithm of the key. `EdDSA` is called `Ed25519` here. */
  readonly algorithm: string
  readonly key: CryptoKey
  /**
   * Identifies the key: `kid`, algorithm and RFC 7638 thumbprint as one string. The cache stores this id
   * with each verification. So any process can check whether the issuer still has the key.
   */
  readonly id: string
  /** RFC 7638 SHA-256 thumbprint. */
  readonly thumbprint: string
}

const CURVES: ReadonlyMap<unknown, string> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
  ['Ed25519', 'Ed25519'],
])

/** The length of each coordinate, in bytes: the full size of the curve, with leading zeros (RFC 7518 §6.2.1.2). */
const COORDINATE_BYTES: ReadonlyMap<unknown, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
])

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** Accepted lengths of an RSA modulus in bits. A shorter modulus is too weak (RFC 7518 §3.3); a longer one takes too much time. */
const RSA_BITS = { least: 2048, most: 8192 } as const

/**
 * Reads the algorithm of one entry of a key set, and checks its type, use, algorithm and size
 * (RFC 8725 §3.1, §3.2, §3.5). Every key has exactly one algorithm: the algorithm of its curve,
 * otherwise its `alg`. An RSA key without `alg` gets the first accepted RSA algorithm.
 *
 * @returns the algorithm, or the reason why the key cannot be used
 * @internal
 */
export function readKeyAlgorithm(
  jwk: Readonly<Record<string, unknown>>,
  accepted: readonly string[],
): { algorithm: string } | { fault: string } {
  const { kty, crv, use, key_ops: operations, alg, kid } = jwk
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return { fault: 'not an asymmetric key' }
  if (hasPrivateMembers(jwk)) return { fault: 'contains private members' }
  if (use !== undefined && use !== 'sig') return { fault: '"use" is not "sig"' }
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return { fault: '"key_ops" does not contain "verify"' }
  }
  if (kid !== undefined && typeof kid !== 'string') return { fault: '"kid" is not a string' }
  if (alg !== undefined && typeof alg !== 'string') return { fault: '"alg" is not a string' }
  const natural = kty === 'RSA' ? undefined : CURVES.get(crv)
  if (kty !== 'RSA' && natural === undefined) return { fault: 'unknown curve' }
  const declared = alg === undefined ? undefined : sameAlgorithm(alg)
  if (kty === 'RSA') {
    const fault = rsaFault(jwk)
    if (fault !== undefined) return { fault }
  } else if (declared !== undefined && declared !== natural) {
    return { fault: '"alg" does not match the curve' }
  }
  if (kty === 'EC') {
    const fault = coordinateFault(jwk)
    if (fault !== undefined) return { fault }
  }
  const algorithm = natural ?? declared ?? accepted.find((name) => /^[RP]S/.test(name))
  if (algorithm === undefined || !accepted.map(sameAlgorithm).includes(algorithm)) {
    return { fault: 'its algorithm is not accepted' }
  }
  if (kty === 'RSA' && !/^[RP]S/.test(algorithm)) return { fault: '"alg" does not match "kty"' }
  return { algorithm }
}

/** Whether a key has members that nobody but its owner may know (RFC 7518 §6). @internal */
export function hasPrivateMembers(jwk: Readonly<Record<string, unknown>>): boolean {
  return PRIVATE_MEMBERS.some((name) => name in jwk)
}

/**
 * The RFC 7638 SHA-256 thumbprint of a public key. The key is not imported for it.
 *
 * @returns `undefined` if a member that the thumbprint needs is not a string
 * @internal
 */
export async function thumbprintOf(
  jwk: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  try {
    return await calculateJwkThumbprint(materialOf(jwk))
  } catch {
    return undefined
  }
}

/** Imports a key. @returns `undefined` if the platform cannot read the key @internal */
export async function importKey(
  jwk: Readonly<Record<string, unknown>>,
  algorithm: string,
): Promise<VerificationKey | undefined> {
  const { kid } = jwk
  try {
    const material = materialOf(jwk)
    const key = await importJWK(material, algorithm)
    if (key instanceof Uint8Array) return undefined
    const thumbprint = await calculateJwkThumbprint(material)
    const id = JSON.stringify([kid, algorithm, thumbprint])
    return { keyId: kid as string | undefined, algorithm, key, id, thumbprint }
  } catch {
    // The key is not on its curve, or the platform does not support it. The other keys are still used.
    return undefined
  }
}

/** The members of a JWK that are the public key itself. */
function materialOf({ kty, crv, n, e, x, y }: Readonly<Record<string, unknown>>): JWK {
  return { kty, crv, n, e, x, y } as JWK
}

function rsaFault({ n, e }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof n !== 'string' || typeof e !== 'string') return 'no modulus or exponent'
  // Check the lengths before the conversion to big integers, which takes long for huge values.
  if (n.length > RSA_BITS.most / 5 || e.length > 11) return 'modulus or exponent too large'
  const modulus = toBigInt(n)
  const exponent = toBigInt(e)
  const bits = modulus.toString(2).length
  if (bits < RSA_BITS.least || bits > RSA_BITS.most) return `modulus of ${bits} bits`
  if (modulus % 2n === 0n) return 'even modulus'
  if (exponent < 3n || exponent % 2n === 0n) return 'exponent must be odd and at least 3'
  if (hasRocaFingerprint(modulus)) return 'modulus of the ROCA kind (CVE-2017-15361)'
  return undefined
}

/**
 * Says which coordinate has the wrong length. Node accepts a coordinate without its leading zeros, and one with
 * more zeros. So one key would have several thumbprints.
 */
function coordinateFault({ crv, x, y }: Readonly<Record<string, unknown>>): string | undefined {
  const expected = COORDINATE_BYTES.get(crv)
  for (const [name, value] of Object.entries({ x, y })) {
    if (typeof value !== 'string') return `no coordinate "${name}"`
    const found = Buffer.from(value, 'base64url').length
    if (found !== expected) return `coordinate "${name}" of ${found} bytes; expected ${expected}`
  }
  return undefined
}

function toBigInt(base64url: string): bigint {
  return BigInt(`0x0${Buffer.from(base64url, 'base64url').toString('hex')}`)
}
