import type { ChallengeError } from '../errors/challenge-error.ts'
import type { Clock } from '../storage/clock.ts'
import type { AcceptedNonce, Nonces } from './nonces.ts'
import type { DpopNonceMode } from './options.ts'
import { refusedProof } from './refused-proof.ts'

/** What {@link ProofFreshness} needs. @internal */
export interface FreshnessSettings {
  readonly nonceMode: DpopNonceMode
  readonly nonces: Nonces
  /** Seconds by which `iat` may differ from the clock. */
  readonly maxClockDifference: number
  readonly clock: Clock
}

/** How long a fresh proof is accepted. @internal */
export interface Freshness {
  /**
   * The last instant at which this proof could be accepted, in milliseconds since the epoch. It depends
   * only on the proof, so it is the same each time.
   */
  readonly until: number
  /** Whether the client needs a new nonce. */
  readonly needsNonce: boolean
}

/** Checks that a proof was made recently: its nonce and its `iat` (RFC 9449 §4.3, §11.1). @internal */
export class ProofFreshness {
  readonly #settings: FreshnessSettings

  constructor(settings: FreshnessSettings) {
    this.#settings = settings
  }

  /**
   * @throws {ChallengeError} `dpop_nonce_missing`, `dpop_nonce_invalid`, `dpop_proof_expired`,
   * `dpop_proof_issued_in_future`
   */
  check(issuedAt: number, nonce: string | undefined): Freshness {
    const { nonceMode, maxClockDifference, clock } = this.#settings
    const accepted = this.#checkNonce(nonce)
    const needsNonce = accepted?.old === true
    if (nonceMode === 'when-asked' && accepted !== undefined) {
      return { until: accepted.until, needsNonce }
    }
    const now = clock()
    const until = (issuedAt + maxClockDifference) * 1000
    if (now >= (issuedAt - maxClockDifference) * 1000 && now <= until) {
      return { until: Math.min(until, accepted?.until ?? until), needsNonce }
    }
    throw this.#wrongTime(issuedAt - now / 1000)
  }

  #checkNonce(nonce: string | undefined): AcceptedNonce | undefined {
    const { nonceMode, nonces } = this.#settings
    if (nonceMode === 'off') return undefined
    if (nonce === undefined) {
      if (nonceMode === 'when-asked') return undefined
      throw refusedProof('dpop_nonce_missing', 'it has no "nonce"')
    }
    const accepted = nonces.check(nonce)
    if (accepted !== undefined) return accepted
    const found =
      '"nonce" is too old, or is not a nonce of this server. If there are several instances, all need ' +
      'the same `dpop.nonce.secrets` and `lifetime`'
    throw refusedProof('dpop_nonce_invalid', found)
  }

  /** @param difference seconds by which `iat` is ahead of the clock */
  #wrongTime(difference: number): ChallengeError {
    const { nonceMode, maxClockDifference } = this.#settings
    const seconds = Math.ceil(Math.abs(difference))
    const where = difference < 0 ? 'before' : 'after'
    const found = `"iat" is ${seconds} s ${where} this server's time; at most ${maxClockDifference} s are accepted`
    if (nonceMode === 'when-asked') {
      return refusedProof('dpop_nonce_missing', `it has no "nonce", and ${found}`)
    }
    const hint = 'Check the clocks of the client and of this server'
    return refusedProof(
      difference < 0 ? 'dpop_proof_expired' : 'dpop_proof_issued_in_future',
      `${found}. ${hint}`,
    )
  }
}
