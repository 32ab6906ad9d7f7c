import { LONGEST_WAIT } from '../storage/in-time.ts'
import { leaveOnAbort } from '../storage/single-flight.ts'
import type { SignatureAlgorithm } from './algorithms.ts'

/**
 * A signer of the operator's own, for a private key that stays in a key management service or in a
 * hardware security module.
 *
 * @example
 * ```ts
 * import type { OwnSigner } from 'mcp-resource-server'
 *
 * declare function signInModule(keyName: string, data: Uint8Array): Promise<Uint8Array>
 *
 * export const signer: OwnSigner = {
 *   algorithm: 'ES256',
 *   keyId: 'module-key-1',
 *   sign: (data) => signInModule('module-key-1', data),
 * }
 * ```
 */
export interface OwnSigner {
  /** The algorithm of the key (RFC 7518 §3.1). */
  readonly algorithm: SignatureAlgorithm
  /**
   * `kid` of the key, for the header of what is signed.
   *
   * @defaultValue no `kid`
   */
  readonly keyId?: string
  /**
   * The public key as a JWK. It is only needed where this server publishes the key.
   *
   * @defaultValue none
   */
  readonly publicKey?: Readonly<Record<string, unknown>>
  /**
   * Signs the data. The signature must have the form of RFC 7518 §3.4: for ECDSA the two numbers joined,
   * not DER. A promise must settle within 10 seconds.
   */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>
}

/** The error of a signature that could not be made. Its message holds nothing secret. @internal */
export class SigningError extends Error {
  override readonly name = 'SigningError'
}

/** Bytes of a signature (RFC 7518 §3.4, RFC 8032 §5.1.6). RSA signatures are as long as the modulus. */
const SIGNATURE_BYTES: Readonly<Record<string, number>> = {
  ES256: 64,
  ES384: 96,
  ES512: 132,
  EdDSA: 64,
  Ed25519: 64,
}

/** Whether the key in an option is a signer of the operator's own. @internal */
export function isOwnSigner(key: unknown): key is OwnSigner {
  return typeof (key as { sign?: unknown } | null | undefined)?.sign === 'function'
}

/**
 * Makes a compact JWS (RFC 7515 §7.1) with a signer of the operator's own. jose cannot call such a
 * signer, so this function joins header, payload and signature. With all other keys, jose signs.
 *
 * @throws {SigningError} without the words of the error, which may contain a key
 * @internal
 */
export async function signWithOwn(
  signer: OwnSigner,
  header: Readonly<Record<string, unknown>>,
  payload: Uint8Array,
): Promise<string> {
  const encodedHeader = Buffer.from(JSON.stringify(header)).toString('base64url')
  const input = `${encodedHeader}.${Buffer.from(payload).toString('base64url')}`
  const deadline = AbortSignal.timeout(LONGEST_WAIT)
  let signature: unknown
  try {
    const work = Promise.resolve(signer.sign(new TextEncoder().encode(input)))
    signature = await leaveOnAbort(work, deadline)
  } catch {
    const late = `did not finish within ${LONGEST_WAIT / 1000} s`
    throw new SigningError(
      `sign() of the signing key ${deadline.aborted ? late : 'threw an error'}`,
    )
  }
  assertSignature(signature, signer.algorithm)
  return `${input}.${Buffer.from(signature).toString('base64url')}`
}

function assertSignature(signature: unknown, algorithm: string): asserts signature is Uint8Array {
  if (!(signature instanceof Uint8Array)) {
    throw new SigningError('sign() of the signing key did not return a Uint8Array')
  }
  const expected = SIGNATURE_BYTES[algorithm]
  const fits = expected === undefined ? signature.length >= 256 : signature.length === expected
  if (fits) return
  const wants = expected === undefined ? 'at least 256' : `${expected}, and no DER`
  throw new SigningError(
    `sign() of the signing key returned ${signature.length} bytes; a signature of ${algorithm} has ${wants}`,
  )
}
