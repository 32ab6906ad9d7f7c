/**
 * The signature algorithms that can be accepted: asymmetric ones only (RFC 8725 §3.1). With a
 * symmetric one a resource server could issue what it is to verify; `none` is no signature.
 */
export type SignatureAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'

/** Every {@link SignatureAlgorithm}. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/**
 * `EdDSA` with an Ed25519 key and `Ed25519` are two names of one algorithm (RFC 9864 §2.2).
 *
 * @internal
 */
export function sameAlgorithm(name: string): string {
  return name === 'EdDSA' ? 'Ed25519' : name
}
