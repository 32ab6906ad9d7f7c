import { ChallengeError } from '../errors/challenge-error.ts'
import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import type { Clock } from '../storage/clock.ts'
import { MemoryReplayStore } from '../storage/memory-replay-store.ts'
import type { ReplayStore } from '../storage/replay-store.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { DpopProofs } from './dpop-proof.ts'
import { Nonces } from './nonces.ts'
import type { DpopNonceMode } from './options.ts'
import type { DpopSettings } from './options-schema.ts'
import { ProofFreshness } from './proof-freshness.ts'
import { createRequestUrl, type RequestUrl } from './request-url.ts'
import { UsedProofs } from './used-proofs.ts'

/** Checks that callers possess the DPoP key that their token is bound to (RFC 9449). @internal */
export class Dpop {
  /** Accepted signature algorithms. Challenges name them. */
  readonly algorithms: readonly string[]
  readonly #proofs: DpopProofs
  readonly #urlOf: RequestUrl
  readonly #nonceMode: DpopNonceMode
  readonly #nonces: Nonces
  readonly #used: UsedProofs

  /** @param share makes a store of used proofs that several processes share */
  constructor(
    settings: DpopSettings,
    resource: string,
    clock: Clock,
    share: (memory: MemoryReplayStore) => ReplayStore,
  ) {
    const { maxClockDifference, nonce, replayStore } = settings
    const nonces = new Nonces({ ...nonce, resource, clock })
    this.algorithms = settings.algorithms
    this.#urlOf = createRequestUrl(resource, settings.externalPath)
    this.#nonceMode = nonce.mode
    this.#nonces = nonces
    const nonceMode = nonce.mode
    const freshness = new ProofFreshness({ nonceMode, nonces, maxClockDifference, clock })
    this.#proofs = new DpopProofs(settings.algorithms, freshness, clock)
    this.#used = new UsedProofs(replayStore ?? share(createMemoryReplayStore(settings, clock)))
  }

  /**
   * The header fields that a challenge for a failure must have. A client that is given a nonce before
   * its first proof need not send the request twice.
   */
  challengeHeaders(error: unknown): AnswerHeaders {
    const asks = error instanceof ChallengeError && error.code === 'use_dpop_nonce'
    return asks || this.#nonceMode === 'required' ? this.#nonceHeader() : NO_HEADERS
  }

  /**
   * Checks the proof of a request with a token that is bound to a DPoP key.
   *
   * @returns the header fields that the answer must have: a new nonce before the old one ends
   * @throws {ChallengeError} with a reason for each way in which a proof can fail
   * @throws {UnavailableError} `replay_store_failed`
   */
  async check(
    text: string,
    thumbprint: string,
    request: ResourceRequest,
    presented: PresentedToken,
    token: VerifiedToken,
  ): Promise<AnswerHeaders> {
    const { jti, until, needsNonce, checkFreshness } = await this.#proofs.check(text, {
      method: request.method,
      url: this.#urlOf(request),
      tokenDigest: presented.digest,
      thumbprint,
    })
    const remembered = this.#used.use({ jti, thumbprint, until }, token)
    if (remembered !== undefined) await remembered
    // The proof may have ended since the first check. Then the store may have forgotten an earlier use.
    checkFreshness()
    return needsNonce ? this.#nonceHeader() : NO_HEADERS
  }

  #nonceHeader(): AnswerHeaders {
    return { 'DPoP-Nonce': this.#nonces.current() }
  }
}

/** Proofs are remembered for as long as they could be accepted. */
function createMemoryReplayStore(settings: DpopSettings, clock: Clock): MemoryReplayStore {
  const { maxProofs, maxProofsPerSubject, maxClockDifference, nonce } = settings
  // With `when-asked`, a nonce replaces `iat`. A nonce is accepted in three time slots.
  const nonceLife = nonce.mode === 'when-asked' ? 3 * nonce.lifetime : 0
  return new MemoryReplayStore(
    {
      maxIds: [maxProofs, 'dpop.maxProofs'],
      maxIdsPerOwner: [maxProofsPerSubject, 'dpop.maxProofsPerSubject'],
      longestLife: Math.max(2 * maxClockDifference, nonceLife) * 1000,
    },
    clock,
  )
}
