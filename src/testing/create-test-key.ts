import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { CompactSign, type JWK } from 'jose'
import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import { readTestKeyOptions } from './options-schema.ts'
import type { TestKey, TestKeyOptions } from './test-key.ts'

/**
 * Makes a key pair. Use it for a key that is not a test issuer's own, or for a key that several issuers
 * share, because an RSA key takes long to make.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createTestIssuer, createTestKey } from 'mcp-resource-server/testing'
 *
 * const issuer = createTestIssuer()
 * const foreign = createTestKey({ keyId: issuer.signingKey.keyId })
 * const token = await issuer.token({ key: foreign })
 * // Every resource server refuses the token: `signature_invalid`.
 * ```
 */
export function createTestKey(options: TestKeyOptions = {}): TestKey {
  const { algorithm, keyId = randomUUID() } = readTestKeyOptions('createTestKey', options)
  const { privateKey, publicKey } = generate(algorithm)
  const jwk = publicKey.export({ format: 'jwk' }) as JWK
  return {
    algorithm,
    keyId,
    privateKey,
    publicKey: { ...jwk, kid: keyId, alg: algorithm, use: 'sig' },
    async sign(payload, header = {}) {
      const { alg = algorithm, ...members } = header
      return new CompactSign(bytesOf(payload))
        .setProtectedHeader({ kid: keyId, ...members, alg: String(alg) })
        .sign(privateKey)
    },
  }
}

function bytesOf(payload: object | string | Uint8Array): Uint8Array {
  if (payload instanceof Uint8Array) return payload
  if (typeof payload === 'string') return Buffer.from(payload)
  try {
    return Buffer.from(JSON.stringify(payload))
  } catch {
    throw new TypeError(
      'sign: the claims cannot be written as JSON; leave out bigints and circular references',
    )
  }
}

const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

function generate(algorithm: SignatureAlgorithm): {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
} {
  const namedCurve = CURVES[algorithm]
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve })
  return /^[RP]S/.test(algorithm)
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ed25519')
}
