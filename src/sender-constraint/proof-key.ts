import { isObject } from '../json-object.ts'
import { sameAlgorithm } from '../jws/algorithms.ts'
import type { CompactJws } from '../jws/compact-jws.ts'
import { importKey, readKeyAlgorithm, type VerificationKey } from '../jws/verification-key.ts'
import { refusedProof } from './refused-proof.ts'

/** The public key in the header of a DPoP proof. @internal */
export interface ProofKey {
  readonly key: VerificationKey
  /** RFC 7638 SHA-256 thumbprint. */
  readonly thumbprint: string
}

/**
 * Reads the public key of a DPoP proof. It must be as strong as a key of a key set.
 *
 * @throws {ChallengeError} `dpop_proof_key_refused`
 * @internal
 */
export async function readProofKey(
  jws: CompactJws,
  algorithms: readonly string[],
): Promise<ProofKey> {
  const { jwk } = jws.header
  if (!isObject(jwk))
    throw refusedProof('dpop_proof_key_refused', 'the header has no public key ("jwk")')
  const found = readKeyAlgorithm({ alg: jws.algorithm, ...jwk }, algorithms)
  if ('fault' in found) throw refusedProof('dpop_proof_key_refused', `"jwk": ${found.fault}`)
  if (found.algorithm !== sameAlgorithm(jws.algorithm)) {
    throw refusedProof(
      'dpop_proof_key_refused',
      '"jwk" is not a key for the algorithm of the header',
    )
  }
  const key = await importKey(jwk, found.algorithm)
  if (key === undefined) throw refusedProof('dpop_proof_key_refused', '"jwk" is not a valid key')
  return { key, thumbprint: key.thumbprint }
}
