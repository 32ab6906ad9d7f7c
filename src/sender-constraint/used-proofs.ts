import { UnavailableError } from '../errors/unavailable-error.ts'
import { storeFaultOf } from '../redaction.ts'
import { digestOf } from '../storage/digest.ts'
import { inTime, LONGEST_WAIT } from '../storage/in-time.ts'
import { isThenable, type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import type { ReplayStore } from '../storage/replay-store.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { refusedProof } from './refused-proof.ts'

/** A proof that is about to be used. @internal */
export interface UsedProof {
  readonly jti: string
  /** The thumbprint of the key that signed the proof. */
  readonly thumbprint: string
  /** The last instant at which the proof could be accepted, in milliseconds since the epoch. */
  readonly until: number
}

/**
 * Remembers used proofs, so that no proof is accepted twice (RFC 9449 §11.1). If the store fails, the
 * request is answered with 503: a proof that cannot be remembered could be used again.
 *
 * @internal
 */
export class UsedProofs {
  readonly #store: ReplayStore

  constructor(store: ReplayStore) {
    this.#store = store
  }

  /**
   * Remembers a proof. Its key and its `jti` identify it. The URL does not count, because one URL has
   * several spellings, and clients choose a new `jti` for each proof anyway (RFC 9449 §4.2).
   *
   * @returns a promise only if the store returns one
   * @throws {ChallengeError} `dpop_proof_replayed` @throws {UnavailableError} `replay_store_failed`
   */
  use({ jti, thumbprint, until }: UsedProof, token: VerifiedToken): MaybePromise<void> {
    const id = digestOf(JSON.stringify([thumbprint, jti]))
    let isNew: MaybePromise<unknown>
    try {
      isNew = this.#store.remember(id, until, ownerOf(token))
      if (isThenable(isNew)) {
        isNew = inTime(Promise.resolve(isNew), LONGEST_WAIT, tooSlow).catch((error) =>
          this.#failed(error),
        )
      }
    } catch (error) {
      this.#failed(error)
    }
    return whenSettled(isNew, (result) => this.#checkResult(result))
  }

  #checkResult(isNew: unknown): void {
    if (isNew === true) return
    if (isNew === false) throw refusedProof('dpop_proof_replayed', 'it was used before')
    this.#failed(failure('the replay store returned neither true nor false'))
  }

  #failed(cause: unknown): never {
    const error =
      cause instanceof UnavailableError
        ? cause
        : failure(`the replay store failed with ${storeFaultOf(cause)}`, cause)
    if (error.reason === 'replay_store_failed') {
      const text = `${error.message}. Requests with DPoP proofs are answered with 503 until this ends`
      warnOnce(this, 'MCP_REPLAY_STORE_FAILED', text)
    }
    throw error
  }
}

/**
 * Whose proofs are counted together: those of a subject, with all its clients, because a subject may
 * register any number of clients. A token without a subject belongs to its client.
 */
function ownerOf({ issuer, subject, clientId }: VerifiedToken): string {
  return digestOf(
    JSON.stringify(subject === undefined ? [issuer, 'client', clientId] : [issuer, subject]),
  )
}

function tooSlow(): UnavailableError {
  return failure(`the replay store took more than ${LONGEST_WAIT} ms`)
}

function failure(message: string, cause?: unknown): UnavailableError {
  return new UnavailableError('replay_store_failed', message, { cause })
}
