/**
 * The supported signature algorithms, all asymmetric (RFC 8725 §3.1). With a symmetric algorithm a
 * resource server could issue the tokens that it verifies. `none` is no signature.
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
 * Gives algorithms with two names one name: `EdDSA` with an Ed25519 key is `Ed25519` (RFC 9864 §2.2).
 *
 * @internal
 */
export function sameAlgorithm(name: string): string {
  return name === 'EdDSA' ? 'Ed25519' : name
}
