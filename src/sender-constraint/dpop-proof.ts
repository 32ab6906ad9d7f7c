import { sameAlgorithm } from '../jws/algorithms.ts'
import { type CompactJws, parseCompactJws } from '../jws/compact-jws.ts'
import { verifySignature } from '../jws/signature.ts'
import type { VerificationKey } from '../jws/verification-key.ts'
import { quoted } from '../quoted.ts'
import type { Clock } from '../storage/clock.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import type { Claims } from '../token/verified-token.ts'
import type { Freshness, ProofFreshness } from './proof-freshness.ts'
import { ProofKeys } from './proof-key.ts'
import { normalUrl } from './proof-url.ts'
import { refusedProof } from './refused-proof.ts'

/** What a proof must prove (RFC 9449 §4.3). @internal */
export interface ProofExpectations {
  readonly method: string
  /** The URL of the request as clients see it, in its normal form, without query and fragment. */
  readonly url: string
  /** SHA-256 digest of the access token, in base64url. */
  readonly tokenDigest: string
  /** `cnf.jkt` of the access token. */
  readonly thumbprint: string
}

/** A proof that has passed every check except the one for replay. @internal */
export interface DpopProof extends Freshness {
  readonly jti: string
  /** Checks again that the proof was made recently. @throws {ChallengeError} as {@link ProofFreshness} */
  readonly checkFreshness: () => void
}

/** The other claims of a proof whose method, URL and token are right. */
interface ProofClaims {
  readonly jti: string
  /** Seconds since the epoch; a finite number. */
  readonly issuedAt: number
  readonly nonce: string | undefined
}

/** Longest accepted proof, in characters. A proof with an RSA key of 4096 bits has about 2000. */
const MAX_PROOF_LENGTH = 8192

/** Longest accepted `jti`, in characters. */
const MAX_ID_LENGTH = 512

/** Checks DPoP proofs (RFC 9449 §4.3), except for their replay. @internal */
export class DpopProofs {
  readonly #algorithms: readonly string[]
  readonly #accepted: ReadonlySet<string>
  readonly #keys: ProofKeys
  readonly #freshness: ProofFreshness

  /** @param algorithms accepted signature algorithms */
  constructor(algorithms: readonly string[], freshness: ProofFreshness, clock: Clock) {
    this.#freshness = freshness
    this.#algorithms = algorithms
    this.#accepted = new Set(algorithms.map(sameAlgorithm))
    this.#keys = new ProofKeys(algorithms, clock)
  }

  /**
   * Checks a proof in this order: length, form, type, algorithm, method, URL, token, nonce and age, key,
   * signature. The signature comes last, because it costs the most. Header members that RFC 9449 does not
   * define, such as `kid`, `x5c` and `jku`, are ignored: the key is always `jwk`.
   *
   * @throws {ChallengeError} with a reason for each way in which a proof can fail
   */
  check(text: string, expected: ProofExpectations): MaybePromise<DpopProof> {
    const jws = parseProof(text)
    if (jws.type?.toLowerCase() !== 'dpop+jwt') {
      const found = `"typ" is ${quoted(jws.type)}; expected "dpop+jwt"`
      throw refusedProof('dpop_proof_type_refused', found)
    }
    if (!this.#accepted.has(sameAlgorithm(jws.algorithm))) {
      const names = this.#algorithms.join(', ')
      const found = `"alg" is ${quoted(jws.algorithm)}; expected one of ${names}`
      throw refusedProof('dpop_proof_algorithm_refused', found)
    }
    const { jti, issuedAt, nonce } = readProof(jws.claims, expected)
    const freshness = this.#freshness.check(issuedAt, nonce)
    const checkFreshness = () => void this.#freshness.check(issuedAt, nonce)
    const proof = { jti, checkFreshness, ...freshness }
    const key = this.#keys.known(jws, expected.thumbprint)
    if (key === undefined) return this.#checkNewKey(jws, expected.thumbprint, proof)
    return whenSettled(checkProofSignature(jws, key), () => proof)
  }

  async #checkNewKey(jws: CompactJws, thumbprint: string, proof: DpopProof): Promise<DpopProof> {
    const key = await this.#keys.read(jws, thumbprint)
    await checkProofSignature(jws, key)
    this.#keys.keep(jws, key)
    return proof
  }
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

function readProof(claims: Claims, expected: ProofExpectations): ProofClaims {
  const { htm, htu, iat, jti, ath, nonce } = claims
  if (htm !== expected.method) {
    const found = `"htm" is ${quoted(htm)}; the request is ${quoted(expected.method)}`
    throw refusedProof('dpop_proof_method_mismatch', found)
  }
  const { url } = expected
  if (htu !== url && (typeof htu !== 'string' || normalUrl(htu) !== url)) {
    const found =
      `"htu" is ${quoted(htu)}; the request is for ${quoted(url)}. The origin is that of the option ` +
      '`resource`; for a proxy that rewrites paths, set the option `dpop.externalPath`'
    throw refusedProof('dpop_proof_url_mismatch', found)
  }
  if (ath !== expected.tokenDigest) {
    const found = '"ath" is not the digest of the access token'
    throw refusedProof('dpop_proof_token_mismatch', found)
  }
  // `JSON.parse` turns 1e400 into Infinity.
  if (typeof iat !== 'number' || !Number.isFinite(iat)) {
    throw refusedProof('dpop_proof_malformed', '"iat" is not a number of seconds')
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_ID_LENGTH) {
    const found = `"jti" is not a string of 1 to ${MAX_ID_LENGTH} characters`
    throw refusedProof('dpop_proof_malformed', found)
  }
  if (nonce !== undefined && typeof nonce !== 'string') {
    throw refusedProof('dpop_proof_malformed', '"nonce" is not a string')
  }
  return { jti, issuedAt: iat, nonce }
}

/** @throws {ChallengeError} `dpop_proof_signature_invalid` */
function checkProofSignature(jws: CompactJws, key: VerificationKey): MaybePromise<void> {
  return whenSettled(verifySignature(jws, key), (holds) => {
    if (!holds) throw refusedProof('dpop_proof_signature_invalid', 'the signature is invalid')
  })
}
