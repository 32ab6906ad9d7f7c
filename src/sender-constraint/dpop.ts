import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { type AnswerHeaders, NO_HEADERS } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { nameOf } from '../redaction.ts'
import type { Clock } from '../storage/clock.ts'
import { digestOf } from '../storage/digest.ts'
import { MemoryReplayStore } from '../storage/memory-replay-store.ts'
import type { ReplayStore } from '../storage/replay-store.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import { principalOf } from '../token/principal.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { checkDpopProof, type DpopProof } from './dpop-proof.ts'
import { Nonces } from './nonces.ts'
import type { DpopNonceMode } from './options.ts'
import type { DpopSettings } from './options-schema.ts'
import { refusedProof } from './refused-proof.ts'

/** Checks that callers possess the DPoP key that their token is bound to (RFC 9449). @internal */
export class Dpop {
  /** Accepted signature algorithms. Challenges name them. */
  readonly algorithms: readonly string[]
  readonly #origin: string
  readonly #clock: Clock
  readonly #maxDifference: number
  readonly #nonceMode: DpopNonceMode
  readonly #nonces: Nonces
  readonly #replays: ReplayStore
  readonly #externalPath: ((path: string) => string) | undefined

  constructor(settings: DpopSettings, resource: string, clock: Clock) {
    const { secrets, lifetime, mode } = settings.nonce
    this.algorithms = settings.algorithms
    this.#origin = new URL(resource).origin
    this.#clock = clock
    this.#maxDifference = settings.maxClockDifference
    this.#nonceMode = mode
    this.#nonces = new Nonces({ secrets, lifetime, resource, clock })
    this.#replays = settings.replayStore ?? new MemoryReplayStore(clock)
    this.#externalPath = settings.externalPath
  }

  /**
   * The header fields that a challenge for a failure must have. A client that is given a nonce before
   * its first proof need not send the request twice.
   */
  challengeHeaders(error: unknown): AnswerHeaders {
    const asks = error instanceof ChallengeError && error.code === 'use_dpop_nonce'
    return asks || this.#nonceMode === 'required'
      ? { 'DPoP-Nonce': this.#nonces.current() }
      : NO_HEADERS
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
    const proof = await checkDpopProof(text, {
      method: request.method,
      url: this.#urlOf(request),
      tokenDigest: presented.digest,
      thumbprint,
      algorithms: this.algorithms,
    })
    const freshness = this.#checkNonce(proof)
    this.#checkAge(proof, freshness)
    await this.#checkReplay(proof, thumbprint, token)
    return freshness === 'previous' ? { 'DPoP-Nonce': this.#nonces.current() } : NO_HEADERS
  }

  /** The URL of the request as clients see it, without query: the configured origin, and the path (RFC9449-5). */
  #urlOf({ url }: ResourceRequest): string {
    const received = url.startsWith('/') ? url : (URL.parse(url)?.pathname ?? url)
    const [path = ''] = received.split(/[?#]/, 1)
    return this.#origin + (this.#externalPath === undefined ? path : this.#externalPath(path))
  }

  #checkNonce({ nonce }: DpopProof): 'current' | 'previous' | undefined {
    if (this.#nonceMode === 'off') return undefined
    if (nonce === undefined) {
      if (this.#nonceMode === 'when-asked') return undefined
      throw refusedProof('dpop_nonce_missing', 'it has no "nonce"')
    }
    const freshness = this.#nonces.check(nonce)
    if (freshness !== undefined) return freshness
    throw refusedProof('dpop_nonce_invalid', '"nonce" is too old, or is not a nonce of this server')
  }

  #checkAge({ issuedAt }: DpopProof, freshness: string | undefined): void {
    const difference = issuedAt - this.#clock() / 1000
    if (Math.abs(difference) <= this.#maxDifference) return
    if (this.#nonceMode === 'when-asked') {
      if (freshness !== undefined) return
      throw refusedProof('dpop_nonce_missing', '"iat" is too far from this server\'s clock')
    }
    const seconds = Math.abs(Math.round(difference))
    throw difference < 0
      ? refusedProof('dpop_proof_expired', `it was made ${seconds} s ago`)
      : refusedProof('dpop_proof_issued_in_future', `"iat" is ${seconds} s ahead`)
  }

  async #checkReplay({ jti, url }: DpopProof, jkt: string, token: VerifiedToken): Promise<void> {
    const id = digestOf(JSON.stringify([jkt, url, jti]))
    const until = this.#clock() + 2 * this.#maxDifference * 1000
    let isNew: unknown
    try {
      isNew = await this.#replays.remember(id, until, digestOf(principalOf(token) ?? ''))
    } catch (cause) {
      if (cause instanceof UnavailableError) throw cause
      const detail = `the replay store failed with ${nameOf(cause)}`
      throw new UnavailableError('replay_store_failed', detail, { cause })
    }
    if (isNew === true) return
    if (isNew === false) throw refusedProof('dpop_proof_replayed', 'it was used before')
    throw new UnavailableError(
      'replay_store_failed',
      'the replay store returned neither true nor false',
    )
  }
}
