import { exportJWK, generateKeyPair, type JWK } from 'jose'

/** The algorithms with which oidc-provider can sign access tokens. */
export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'Ed25519'

/** Makes a private signing key as a JWK with a new `kid`. */
export async function generateSigningKey(algorithm: SigningAlgorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return {
    ...(await exportJWK(privateKey)),
    kid: crypto.randomUUID(),
    alg: algorithm,
    use: 'sig',
  }
}

/** The public half of a key. */
export function publicHalf(key: JWK): JWK {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicMembers } = key
  return publicMembers
}
