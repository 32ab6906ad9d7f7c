/** The least work of any miss: the signature alone. */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { toDer } from '../../src/jws/ecdsa-signature.ts'
import type { Algorithm, Signer } from '../tokens.ts'

/** What a note says about the form of the call. */
export const RAW_NOTES: Readonly<Record<Algorithm, string>> = {
  RS256: 'the signature alone, synchronous',
  PS256: 'the signature alone, synchronous, with the key in an options object',
  ES256: 'the signature alone, synchronous, as DER',
  EdDSA: 'the signature alone, synchronous',
}

/**
 * Makes a function that verifies the signatures of the tokens in turn. All bytes and the key are ready.
 * Node takes a key without options faster, but RSA-PSS needs options with a key of the type `rsa`.
 */
export function rawSignature({ algorithm, pem }: Signer, tokens: readonly string[]): () => void {
  const key: KeyObject = createPublicKey(pem)
  const digest = algorithm === 'EdDSA' ? null : 'sha256'
  const given =
    algorithm === 'PS256' ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : key
  const parts = tokens.map((token) => {
    const dot = token.lastIndexOf('.')
    const signature = Buffer.from(token.slice(dot + 1), 'base64url')
    return {
      signed: Buffer.from(token.slice(0, dot), 'latin1'),
      signature: algorithm === 'ES256' ? (toDer(signature, 32) as Uint8Array) : signature,
    }
  })
  let at = 0
  return () => {
    const { signed, signature } = parts[at] as (typeof parts)[number]
    at = at + 1 === parts.length ? 0 : at + 1
    if (!verify(digest, signed, given, signature)) throw new Error('expected a valid signature')
  }
}
