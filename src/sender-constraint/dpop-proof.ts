import { ChallengeError } from '../errors/challenge-error.ts'
import { sameAlgorithm } from '../jws/algorithms.ts'
import { type CompactJws, parseCompactJws } from '../jws/compact-jws.ts'
import { checkSignature } from '../jws/signature.ts'
import { quoted } from '../quoted.ts'
import type { Claims } from '../token/verified-token.ts'
import { type ProofKey, readProofKey } from './proof-key.ts'
import { sameUrl } from './proof-url.ts'
import { refusedProof } from './refused-proof.ts'

/** What a proof must prove (RFC 9449 §4.3). @internal */
export interface ProofExpectations {
  readonly method: string
  /** The URL of the request as clients see it, without query and fragment. */
  readonly url: string
  /** SHA-256 digest of the access token, in base64url. */
  readonly tokenDigest: string
  /** `cnf.jkt` of the access token. */
  readonly thumbprint: string
  /** Accepted signature algorithms. */
  readonly algorithms: readonly string[]
}

/** A proof whose signature, key, method, URL and token are right. Its age is not checked yet. @internal */
export interface DpopProof {
  readonly jti: string
  /** `htu` in its normal form. */
  readonly url: string
  /** Seconds since the epoch. */
  readonly issuedAt: number
  readonly nonce: string | undefined
}

/** Longest accepted proof, in characters. A proof with an RSA key of 4096 bits has about 2000. */
const MAX_PROOF_LENGTH = 8192

/** Longest accepted `jti`, in characters. */
const MAX_ID_LENGTH = 512

/**
 * Checks a DPoP proof (RFC 9449 §4.3), in this order: length, form, type, algorithm, method, URL, token
 * and key. The signature comes last, because it costs the most.
 *
 * @throws {ChallengeError} with a reason for each way in which a proof can fail
 * @internal
 */
export async function checkDpopProof(
  text: string,
  expected: ProofExpectations,
): Promise<DpopProof> {
  const jws = parseProof(text)
  if (jws.type?.toLowerCase() !== 'dpop+jwt') {
    throw refusedProof(
      'dpop_proof_type_refused',
      `"typ" is ${quoted(jws.type)}; expected "dpop+jwt"`,
    )
  }
  const accepted = expected.algorithms.map(sameAlgorithm)
  if (!accepted.includes(sameAlgorithm(jws.algorithm))) {
    const names = expected.algorithms.join(', ')
    throw refusedProof(
      'dpop_proof_algorithm_refused',
      `"alg" is ${quoted(jws.algorithm)}; expected one of ${names}`,
    )
  }
  const proof = readProof(jws.claims, expected)
  const key = await readProofKey(jws, expected.algorithms)
  checkBinding(key, expected.thumbprint)
  await checkProofSignature(jws, key)
  return proof
}

function parseProof(text: string): CompactJws {
  if (text.length > MAX_PROOF_LENGTH) {
    throw refusedProof(
      'dpop_proof_too_long',
      `it has ${text.length} characters; the limit is ${MAX_PROOF_LENGTH}`,
    )
  }
  try {
    return parseCompactJws(text)
  } catch (error) {
    throw refusedProof('dpop_proof_malformed', (error as Error).message)
  }
}

function readProof(claims: Claims, expected: ProofExpectations): DpopProof {
  const { htm, htu, iat, jti, ath, nonce } = claims
  if (htm !== expected.method) {
    const found = `"htm" is ${quoted(htm)}; the request is ${quoted(expected.method)}`
    throw refusedProof('dpop_proof_method_mismatch', found)
  }
  if (typeof htu !== 'string' || !sameUrl(htu, expected.url)) {
    const found = `"htu" is ${quoted(htu)}; the request is for ${quoted(expected.url)}`
    throw refusedProof('dpop_proof_url_mismatch', found)
  }
  if (ath !== expected.tokenDigest) {
    const found = '"ath" is not the digest of the access token'
    throw refusedProof('dpop_proof_token_mismatch', found)
  }
  if (typeof iat !== 'number') throw refusedProof('dpop_proof_malformed', '"iat" is not a number')
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_ID_LENGTH) {
    throw refusedProof(
      'dpop_proof_malformed',
      `"jti" is not a string of 1 to ${MAX_ID_LENGTH} characters`,
    )
  }
  if (nonce !== undefined && typeof nonce !== 'string') {
    throw refusedProof('dpop_proof_malformed', '"nonce" is not a string')
  }
  return { jti, url: expected.url, issuedAt: iat, nonce }
}

/** @throws {ChallengeError} `dpop_key_mismatch` */
function checkBinding({ thumbprint }: ProofKey, expected: string): void {
  if (thumbprint === expected) return
  throw new ChallengeError(
    'dpop_key_mismatch',
    'the DPoP proof is signed with another key than the key that the token is bound to ("cnf": jkt)',
  )
}

async function checkProofSignature(jws: CompactJws, { key }: ProofKey): Promise<void> {
  try {
    await checkSignature(jws, key)
  } catch (error) {
    if (!(error instanceof ChallengeError)) throw error
    throw refusedProof('dpop_proof_signature_invalid', 'the signature is invalid')
  }
}
