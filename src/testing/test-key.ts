import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { CompactSign, type JWK } from 'jose'

/** The algorithms that a test issuer can sign with. */
export type TestAlgorithm = 'ES256' | 'ES384' | 'RS256' | 'PS256' | 'EdDSA'

/** A key pair of a test issuer. @internal */
export interface TestKey {
  readonly algorithm: TestAlgorithm
  readonly keyId: string
  readonly privateKey: KeyObject
  /** The public key, as a key set publishes it. */
  readonly publicKey: JWK & { readonly kid: string }
}

/** Makes a key pair. @internal */
export function createTestKey(
  algorithm: TestAlgorithm = 'ES256',
  keyId: string = randomUUID(),
): TestKey {
  const { privateKey, publicKey } = generate(algorithm)
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  return {
    algorithm,
    keyId,
    privateKey,
    publicKey: { ...jwk, kid: keyId, alg: algorithm, use: 'sig' },
  }
}

function generate(algorithm: TestAlgorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  if (algorithm === 'RS256' || algorithm === 'PS256') {
    return generateKeyPairSync('rsa', { modulusLength: 2048 })
  }
  return generateKeyPairSync('ec', { namedCurve: algorithm === 'ES256' ? 'P-256' : 'P-384' })
}

/**
 * Signs claims.
 *
 * @param header members besides `alg` and `kid`, or in their place
 * @internal
 */
export function signClaims(
  key: TestKey,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>>,
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: key.algorithm, kid: key.keyId, ...header })
    .sign(key.privateKey)
}
