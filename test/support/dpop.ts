/** DPoP keys and proofs (RFC 9449), good and forged. */
import { createHash } from 'node:crypto'
import {
  CompactSign,
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
} from 'jose'
import type { ResourceRequest } from '../../src/http/resource-request.ts'
import { NOW, RESOURCE } from './tokens.ts'

/** A client's DPoP key. */
export interface DpopKey {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
  /** `cnf.jkt` of tokens that are bound to this key. */
  readonly thumbprint: string
}

export async function makeDpopKey(alg = 'ES256'): Promise<DpopKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { alg, privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) }
}

/** What a proof is for, and what is wrong with it. */
export interface ProofOptions {
  readonly token: string
  readonly method?: string
  readonly url?: string
  /** Replaces members of the header; `undefined` removes one. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Replaces claims; `undefined` removes one. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** The claim `ath` for a token, computed without the code under test. */
export const athOf = (token: string): string =>
  createHash('sha256').update(token).digest('base64url')

let proofs = 0

/** Makes a proof; a good one if nothing is replaced. */
export function signProof(
  key: DpopKey,
  { token, method = 'POST', url = RESOURCE, header = {}, claims = {} }: ProofOptions,
): Promise<string> {
  proofs += 1
  const payload = {
    jti: `proof-${proofs}`,
    htm: method,
    htu: url,
    iat: NOW,
    ath: athOf(token),
    ...claims,
  }
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header })
    .sign(key.privateKey)
}

/** A request with a token of the scheme DPoP, and with these DPoP headers. */
export function dpopRequest(
  token: string,
  proof: string | readonly string[] | undefined,
  more: Partial<ResourceRequest> = {},
): ResourceRequest {
  const headers = { authorization: `DPoP ${token}`, dpop: proof }
  return { method: 'POST', url: '/mcp', headers, ...more }
}
