/**
 * The supported signature algorithms. All are asymmetric (RFC 8725 §3.1): with a symmetric algorithm
 * every resource server could issue tokens. `none` is not supported.
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

/** Whether an algorithm is among the accepted ones. `EdDSA` and `Ed25519` count as the same. @internal */
export function isAcceptedAlgorithm(name: unknown, accepted: readonly string[]): boolean {
  return typeof name === 'string' && accepted.map(sameAlgorithm).includes(sameAlgorithm(name))
}

/**
 * Maps the old name of an algorithm to its new name: `EdDSA` with an Ed25519 key is `Ed25519`
 * (RFC 9864 §2.2).
 *
 * @internal
 */
export function sameAlgorithm(name: string): string {
  return name === 'EdDSA' ? 'Ed25519' : name
}
