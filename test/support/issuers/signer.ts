import { CompactSign, type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'

/** A private key that signs tokens, and its public half as a key set publishes it. */
export interface Signer {
  readonly algorithm: string
  readonly keyId: string
  readonly publicKey: JWK
  /** @param header beside `alg`, `kid` and `typ: at+jwt`, or in their place */
  sign(claims: object, header?: Record<string, unknown>): Promise<string>
}

export interface SignerOptions {
  readonly algorithm?: string
  readonly keyId?: string
}

export async function createSigner(options: SignerOptions = {}): Promise<Signer> {
  const { algorithm = 'ES256', keyId = crypto.randomUUID() } = options
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  return {
    algorithm,
    keyId,
    publicKey: { ...(await exportJWK(publicKey)), kid: keyId, alg: algorithm, use: 'sig' },
    sign: (claims, header) =>
      sign(privateKey, claims, { alg: algorithm, kid: keyId, typ: 'at+jwt', ...header }),
  }
}

function sign(key: CryptoKey, claims: object, header: Record<string, unknown> & { alg: string }) {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader(header)
    .sign(key)
}
