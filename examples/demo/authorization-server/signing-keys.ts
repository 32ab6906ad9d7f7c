import { exportJWK, generateKeyPair, type JWK } from 'jose'

/** The algorithms that an oidc-provider can sign access tokens with, given one key. */
export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'Ed25519'

/** A fresh private signing key as a JWK; each has a `kid` of its own. */
export async function generateSigningKey(algorithm: SigningAlgorithm): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return {
    ...(await exportJWK(privateKey)),
    kid: crypto.randomUUID(),
    alg: algorithm,
    use: 'sig',
  }
}

/** The half of a key that may be published. */
export function publicHalf(key: JWK): JWK {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicMembers } = key
  return publicMembers
}
