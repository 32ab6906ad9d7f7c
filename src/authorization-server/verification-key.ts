import { type CryptoKey, calculateJwkThumbprint, importJWK, type JWK } from 'jose'
import { sameAlgorithm } from './algorithms.ts'
import { hasRocaFingerprint } from './roca.ts'

/** A public key that checks signatures of one algorithm. @internal */
export interface VerificationKey {
  readonly keyId: string | undefined
  /** The one algorithm, `EdDSA` under its name `Ed25519`. */
  readonly algorithm: string
  readonly key: CryptoKey
  /**
   * `kid`, algorithm and RFC 7638 thumbprint of the key, as one text. A verification is kept with this
   * id, so that every process can look up whether the issuer still has the key.
   */
  readonly id: string
}

const CURVES: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'Ed25519',
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** Bits of a modulus. Shorter ones are too weak (RFC 7518 §3.3), longer ones only take our time. */
const RSA_BITS = { least: 2048, most: 8192 } as const

/**
 * Reads the algorithm of one entry of a key set, and checks what needs no computing: kind, use,
 * algorithm, size (RFC 8725 §3.1, §3.2, §3.5). Every key gets exactly one algorithm: its `alg`, the
 * one of its curve, or for an RSA key without `alg` the first RSA algorithm that is accepted.
 *
 * @returns the algorithm, or why the key cannot be used
 * @internal
 */
export function readKeyAlgorithm(
  jwk: Readonly<Record<string, unknown>>,
  accepted: readonly string[],
): { algorithm: string } | { fault: string } {
  const { kty, crv, use, key_ops: operations, alg, kid } = jwk
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return { fault: 'not an asymmetric key' }
  if (PRIVATE_MEMBERS.some((name) => name in jwk)) return { fault: 'holds private members' }
  if (use !== undefined && use !== 'sig') return { fault: '"use" is not "sig"' }
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return { fault: '"key_ops" does not hold "verify"' }
  }
  if (kid !== undefined && typeof kid !== 'string') return { fault: '"kid" is not a string' }
  if (alg !== undefined && typeof alg !== 'string') return { fault: '"alg" is not a string' }
  const natural = kty === 'RSA' ? undefined : CURVES[String(crv)]
  if (kty !== 'RSA' && natural === undefined) return { fault: 'unknown curve' }
  const declared = alg === undefined ? undefined : sameAlgorithm(alg)
  if (kty === 'RSA') {
    const fault = rsaFault(jwk)
    if (fault !== undefined) return { fault }
  } else if (declared !== undefined && declared !== natural) {
    return { fault: '"alg" does not fit the curve' }
  }
  const algorithm = natural ?? declared ?? accepted.find((name) => /^[RP]S/.test(name))
  if (algorithm === undefined || !accepted.map(sameAlgorithm).includes(algorithm)) {
    return { fault: 'its algorithm is not accepted' }
  }
  if (kty === 'RSA' && !/^[RP]S/.test(algorithm)) return { fault: '"alg" does not fit "kty"' }
  return { algorithm }
}

/** Imports a key. @returns `undefined` where the platform cannot read it @internal */
export async function importKey(
  jwk: Readonly<Record<string, unknown>>,
  algorithm: string,
): Promise<VerificationKey | undefined> {
  const { kty, crv, n, e, x, y, kid } = jwk
  try {
    const material = { kty, crv, n, e, x, y } as JWK
    const key = await importJWK(material, algorithm)
    if (key instanceof Uint8Array) return undefined
    const id = JSON.stringify([kid, algorithm, await calculateJwkThumbprint(material)])
    return { keyId: kid as string | undefined, algorithm, key, id }
  } catch {
    // Not on its curve, or not supported by this platform: the other keys of the set are still used.
    return undefined
  }
}

function rsaFault({ n, e }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof n !== 'string' || typeof e !== 'string') return 'no modulus or exponent'
  // Before they are turned into big numbers, which costs time.
  if (n.length > RSA_BITS.most / 5 || e.length > 11) return 'modulus or exponent too large'
  const modulus = toBigInt(n)
  const exponent = toBigInt(e)
  const bits = modulus.toString(2).length
  if (bits < RSA_BITS.least || bits > RSA_BITS.most) return `modulus of ${bits} bits`
  if (modulus % 2n === 0n) return 'even modulus'
  if (exponent < 3n || exponent % 2n === 0n) return 'unfit exponent'
  if (hasRocaFingerprint(modulus)) return 'modulus of the ROCA kind (CVE-2017-15361)'
  return undefined
}

function toBigInt(base64url: string): bigint {
  return BigInt(`0x0${Buffer.from(base64url, 'base64url').toString('hex')}`)
}
