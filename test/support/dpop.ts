/** DPoP keys and proofs (RFC 9449), good and forged. */
import { createHash } from 'node:crypto'
import type { ResourceRequest } from '../../src/http/resource-request.ts'
import type { SignatureAlgorithm } from '../../src/jws/algorithms.ts'
import {
  createDpopKey,
  type TestDpopKey,
  type TestProofOptions,
} from '../../src/testing/dpop-key.ts'
import { clock, RESOURCE } from './tokens.ts'

/** Makes a client's DPoP key, whose proofs are made at the time of {@link clock}. */
export const makeDpopKey = (algorithm: SignatureAlgorithm = 'ES256'): Promise<TestDpopKey> =>
  createDpopKey({ algorithm, clock })

/** What a proof is for, and what is wrong with it. By default it is for a POST to {@link RESOURCE}. */
export type ProofOptions = Partial<TestProofOptions> & { readonly token: string }

/** Makes a proof; a good one if nothing is replaced. Its `htu` is the URL to the letter. */
export function signProof(
  key: TestDpopKey,
  { url = RESOURCE, claims, ...about }: ProofOptions,
): Promise<string> {
  return key.proof({ ...about, url, claims: { htu: url, ...claims } })
}

/** The claim `ath` for a token, computed without the code under test. */
export const athOf = (token: string): string =>
  createHash('sha256').update(token).digest('base64url')

/** A request with a token of the scheme DPoP, and with these DPoP headers. */
export function dpopRequest(
  token: string,
  proof: string | readonly string[] | undefined,
  more: Partial<ResourceRequest> = {},
): ResourceRequest {
  const headers = { authorization: `DPoP ${token}`, dpop: proof }
  return { method: 'POST', url: '/mcp', headers, ...more }
}
