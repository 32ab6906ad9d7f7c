import type { VerificationKey } from '../authorization-server/verification-key.ts'
import { ChallengeError } from '../errors.ts'
import type { CompactJws } from '../token/compact-jws.ts'

type WebCryptoParameters = Exclude<globalThis.Parameters<typeof crypto.subtle.verify>[0], string>

/**
 * RFC 7518 §3 and RFC 8037 §3.1 in the words of WebCrypto. The digest of an RSA algorithm is part of
 * the key, since jose imported it for that algorithm alone.
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

/**
 * The seam for signatures: does it hold, with this key and this algorithm? The algorithm is the
 * key's own, which the token's was compared with when the key was chosen. The platform computes it,
 * with a key that jose imported; that jose itself comes to the same verdict is tested, and why it is
 * not asked each time stands in docs/decisions.md.
 *
 * @throws {ChallengeError} `signature_invalid`
 * @internal
 */
export async function checkSignature(jws: CompactJws, key: VerificationKey): Promise<void> {
  const parameters = PARAMETERS.get(key.algorithm)
  if (parameters === undefined) throw new TypeError(`no parameters for ${key.algorithm}`)
  // The signature covers the text as presented. Writing the parsed header anew could give another text.
  const signed = Buffer.from(jws.compact.slice(0, jws.compact.lastIndexOf('.')), 'latin1')
  const holds = await crypto.subtle.verify(parameters, key.key, jws.signature, signed)
  if (!holds) throw new ChallengeError('signature_invalid', 'the signature does not hold')
}
