import { ChallengeError } from '../errors/challenge-error.ts'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { storeFaultOf } from '../redaction.ts'
import { type BoundedCache, createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import type { EntryStore } from '../storage/entry-store.ts'
import { isThenable, type MaybePromise } from '../storage/maybe-promise.ts'
import { SingleFlight } from '../storage/single-flight.ts'
import { currentRequest } from '../telemetry/current-request.ts'
import {
  createVerificationTrace,
  requestsObserved,
  traceVerification,
} from '../telemetry/run-traces.ts'
import type { VerificationTrace } from '../telemetry/traces.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import type { Explanation } from '../token/explanation.ts'
import { checkUnexpired } from '../token/lifetime.ts'
import type { PresentedToken } from '../token/presented-token.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { closedError } from './closable-verification.ts'
import { explainVerification } from './explain-verification.ts'
import type { VerificationContext } from './token-verifier.ts'
import type { TokenVerification, Verification } from './verification.ts'

/** @internal */
export interface CachedVerificationOptions {
  readonly store: EntryStore<Verification>
  /** Seconds for which a result may be reused; default: `maxAge` of the result. */
  readonly maxAge?: ((verification: Verification) => number) | undefined
  /** Seconds for which this process remembers that a token is inactive. */
  readonly negativeMaxAge: number
  /** How many inactive tokens are remembered at most. */
  readonly negativeMaxEntries: number
  readonly clockTolerance: number
  readonly clock: Clock
}

/**
 * Caches verifications. The key is the digest of the token, and a hit needs nothing else of the token.
 * Expiry and trust in the signing key are checked at every hit. The gate checks possession, scopes and
 * revocation.
 *
 * A token is never refused because the store failed. If reading fails, the token is verified again. If
 * writing fails, the result is not cached. One process warning tells the operator.
 *
 * @internal
 */
export class CachedVerification implements TokenVerification {
  readonly #verification: TokenVerification
  readonly #store: EntryStore<Verification>
  /** Why each inactive token was refused. The error itself, with its stack, would take more memory. */
  readonly #inactive: BoundedCache<Pick<ChallengeError, 'reason' | 'message'>>
  readonly #flights = new SingleFlight<Verification>()
  /** The traces of running verifications, by digest, so that a request that waits for one can name it. */
  readonly #traces = new Map<string, VerificationTrace>()
  readonly #maxAge: (verification: Verification) => number
  readonly #negativeMaxAge: number
  readonly #clockTolerance: number
  readonly #clock: Clock
  #closed = false

  constructor(verification: TokenVerification, options: CachedVerificationOptions) {
    this.#verification = verification
    this.#store = options.store
    this.#maxAge = options.maxAge ?? (({ maxAge }) => maxAge)
    this.#negativeMaxAge = options.negativeMaxAge
    this.#inactive = createBoundedCache(options.negativeMaxEntries, options.clock)
    this.#clockTolerance = options.clockTolerance
    this.#clock = options.clock
  }

  verify(presented: PresentedToken, context: VerificationContext): MaybePromise<Verification> {
    if (this.#closed) throw closedError()
    const now = this.#clock()
    const found = this.#read(presented.digest, now)
    return isThenable(found)
      ? found.then((verification) => this.#answer(presented, context, verification, this.#clock()))
      : this.#answer(presented, context, found, now)
  }

  stillTrusts(verification: Verification): MaybePromise<boolean> {
    return this.#verification.stillTrusts(verification)
  }

  /** Explains the token without the cache. */
  explain(presented: PresentedToken, explanation: Explanation): Promise<VerifiedToken | undefined> {
    return explainVerification(this.#verification, presented, explanation)
  }

  async isSigned(presented: PresentedToken): Promise<boolean> {
    return (await this.#verification.isSigned?.(presented)) === true
  }

  forget({ digest }: PresentedToken): void {
    this.#change('delete', () => this.#store.delete(digest))
  }

  async ready(): Promise<void> {
    if (this.#closed) throw closedError()
    await this.#verification.ready?.()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#verification.close?.()
  }

  #answer(
    presented: PresentedToken,
    context: VerificationContext,
    found: Verification | undefined,
    now: number,
  ): MaybePromise<Verification> {
    if (found === undefined) return this.#verifyAnew(presented, context)
    noteCache('hit')
    checkUnexpired(found.token.expiresAt, this.#clockTolerance, now / 1000)
    const trusted = this.#verification.stillTrusts(found)
    if (trusted === true) return found
    if (trusted === false) return this.#replace(presented, context)
    return trusted.then((still) => (still ? found : this.#replace(presented, context)))
  }

  #replace(presented: PresentedToken, context: VerificationContext): MaybePromise<Verification> {
    this.#change('delete', () => this.#store.delete(presented.digest))
    return this.#verifyAnew(presented, context)
  }

  /** Verifies a token that has no usable entry, unless introspection recently called it inactive. */
  #verifyAnew(presented: PresentedToken, context: VerificationContext): MaybePromise<Verification> {
    // Only results of `token68`s are stored, so a hit needs no check of the characters.
    presented.checkText()
    const { digest } = presented
    const inactive = this.#inactive.get(digest)
    if (inactive !== undefined) {
      noteCache('hit')
      throw new ChallengeError(inactive.reason, inactive.message)
    }
    noteCache('miss')
    const observed = requestsObserved()
    const running = observed ? this.#traces.get(digest) : undefined
    if (running !== undefined) noteJoined(running)
    // Concurrent callers share this work, so it does not get the signal of the first caller.
    return this.#flights.run(
      digest,
      (signal) => {
        const work = (): Promise<Verification> => this.#verify(presented, { signal })
        return observed ? this.#traced(digest, work) : work()
      },
      context.signal,
    )
  }

  async #traced(digest: string, work: () => Promise<Verification>): Promise<Verification> {
    const trace = createVerificationTrace()
    this.#traces.set(digest, trace)
    try {
      return await traceVerification(trace, work)
    } finally {
      this.#traces.delete(digest)
    }
  }

  /** A refusal for which nothing must be waited for is thrown at once. It costs no promises. */
  #verify(presented: PresentedToken, context: VerificationContext): Promise<Verification> {
    const asked = this.#clock()
    try {
      const found = this.#verification.verify(presented, context)
      return this.#kept(presented, found, asked)
    } catch (error) {
      throw this.#noted(error, presented, asked)
    }
  }

  async #kept(
    presented: PresentedToken,
    found: MaybePromise<Verification>,
    asked: number,
  ): Promise<Verification> {
    try {
      const verification = await found
      // The age counts from the start of the verification, because the answer may have been slow.
      const until = Math.min(
        this.#since(asked) + this.#maxAge(verification) * 1000,
        (verification.token.expiresAt + this.#clockTolerance) * 1000,
      )
      if (isOfToken68(verification, presented)) {
        this.#change('set', () => this.#store.set(presented.digest, verification, until))
      }
      return verification
    } catch (error) {
      throw this.#noted(error, presented, asked)
    }
  }

  /** Remembers a token that introspection called inactive. @returns the error */
  #noted(error: unknown, { digest }: PresentedToken, asked: number): unknown {
    if (error instanceof ChallengeError && error.reason === 'token_inactive') {
      const { reason, message } = error
      const until = this.#since(asked) + this.#negativeMaxAge * 1000
      this.#inactive.set(digest, { reason, message }, until)
    }
    return error
  }

  /** When a verification began. If the clock has been set back since then, the current time counts. */
  #since(asked: number): number {
    return Math.min(asked, this.#clock())
  }

  /** The entry in the store; `undefined` if there is none, or if the store fails. */
  #read(digest: string, now: number): MaybePromise<Verification | undefined> {
    try {
      const found = this.#store.get(digest, now)
      if (!isThenable(found)) return found
      return Promise.resolve(found).catch((error: unknown) => this.#passOver('get', error))
    } catch (error) {
      return this.#passOver('get', error)
    }
  }

  /** Changes the store. No caller waits for the change. */
  #change(operation: 'set' | 'delete', change: () => MaybePromise<void>): void {
    try {
      const changed = change()
      if (isThenable(changed)) {
        // No caller is left that a failing clock could be told to.
        Promise.resolve(changed)
          .catch((error: unknown) => this.#passOver(operation, error))
          .catch(() => {})
      }
    } catch (error) {
      this.#passOver(operation, error)
    }
  }

  /** Warns of a failure of the store, and continues without it. A failure of the clock is thrown. */
  #passOver(operation: 'get' | 'set' | 'delete', error: unknown): undefined {
    if (error instanceof UnavailableError && error.reason === 'clock_failed') throw error
    const text = `the store of verified tokens failed (${operation}: ${storeFaultOf(error)}); tokens are verified without it`
    warnOnce(this, 'MCP_CACHE_STORE_FAILED', text)
  }
}

/**
 * Whether a result belongs to a `token68`. A JWT whose signature was verified was parsed before, so it consists of
 * base64url and dots.
 */
function isOfToken68({ keyId }: Verification, presented: PresentedToken): boolean {
  return keyId !== undefined || presented.isToken68
}

/** Records for the request's {@link DecisionEvent} whether the verification came from the cache. */
function noteCache(answer: 'hit' | 'miss'): void {
  const request = currentRequest()
  if (request !== undefined) request.cache = answer
}

/** Records that the current request waits for the verification of another request. */
function noteJoined(running: VerificationTrace): void {
  const request = currentRequest()
  if (request !== undefined) request.joined = running
}
