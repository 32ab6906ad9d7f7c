import { isObject } from '../json-object.ts'
import { sameAlgorithm } from '../jws/algorithms.ts'
import type { CompactJws } from '../jws/compact-jws.ts'
import {
  importKey,
  readKeyAlgorithm,
  thumbprintOf,
  type VerificationKey,
} from '../jws/verification-key.ts'
import { type BoundedCache, createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import { refusedProof } from './refused-proof.ts'

/** Most keys that are kept. One takes about 2 KB. */
const MAX_KEYS = 5000

interface KeptKey {
  readonly encodedHeader: string
  readonly key: VerificationKey
}

/**
 * The public keys in the headers of DPoP proofs. All proofs of a client usually have the same header, so
 * its key is imported once and kept.
 *
 * @internal
 */
export class ProofKeys {
  readonly #algorithms: readonly string[]
  /**
   * The last good header of each bound key, by the thumbprint of the key. So a caller can replace only the
   * header of its own key.
   */
  readonly #kept: BoundedCache<KeptKey>

  constructor(algorithms: readonly string[], clock: Clock) {
    this.#algorithms = algorithms
    this.#kept = createBoundedCache(MAX_KEYS, clock)
  }

  /** The key of a header that {@link keep} was called with. */
  known({ compact }: CompactJws, thumbprint: string): VerificationKey | undefined {
    const kept = this.#kept.get(thumbprint)
    return kept !== undefined && compact.startsWith(`${kept.encodedHeader}.`) ? kept.key : undefined
  }

  /** Keeps the key of a proof. Call it only after the signature was verified. */
  keep({ compact }: CompactJws, key: VerificationKey): void {
    // A copy: JavaScript engines make a slice by a reference to the whole text, here the whole proof.
    const encodedHeader = Buffer.from(compact.slice(0, compact.indexOf('.'))).toString('latin1')
    this.#kept.set(key.thumbprint, { encodedHeader, key }, Number.POSITIVE_INFINITY)
  }

  /**
   * Reads the public key of a proof. It must be as strong as a key of a key set, and must be the key that
   * the access token is bound to. Other keys are not imported.
   *
   * @param thumbprint `cnf.jkt` of the access token
   * @throws {ChallengeError} `dpop_proof_key_refused`, `dpop_key_mismatch`
   */
  async read({ header, algorithm }: CompactJws, thumbprint: string): Promise<VerificationKey> {
    const { jwk } = header
    if (!isObject(jwk)) throw refusedKey('the header has no public key ("jwk")')
    const found = readKeyAlgorithm({ alg: algorithm, ...jwk }, this.#algorithms)
    if ('fault' in found) throw refusedKey(`"jwk": ${found.fault}`)
    if (found.algorithm !== sameAlgorithm(algorithm)) {
      throw refusedKey('"jwk" is not a key for the algorithm of the header')
    }
    const presented = await thumbprintOf(jwk)
    if (presented === undefined) throw refusedKey('"jwk" is not a valid key')
    if (presented !== thumbprint) {
      const detail = 'its key is not the key that the token is bound to ("cnf": jkt)'
      throw refusedProof('dpop_key_mismatch', detail)
    }
    const key = await importKey(jwk, found.algorithm)
    if (key === undefined) throw refusedKey('"jwk" is not a valid key')
    return key
  }
}

const refusedKey = (found: string) => refusedProof('dpop_proof_key_refused', found)
