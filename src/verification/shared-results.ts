import type { BoundedCache } from '../storage/bounded-cache.ts'
import { BriefCalls } from '../storage/brief-calls.ts'
import type { Clock } from '../storage/clock.ts'
import type { EntryStore } from '../storage/entry-store.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { SealedValues } from '../storage/sealed-values.ts'
import { SingleFlight } from '../storage/single-flight.ts'
import { readStoredResult, type StoredResult, writeStoredResult } from './stored-result.ts'
import type { Verification } from './verification.ts'

/** @internal */
export interface SharedResultsOptions {
  /** The results in the memory of this process. */
  readonly memory: BoundedCache<Verification>
  /** The results of all processes. */
  readonly values: SealedValues
  /** How far the clocks of the processes may be apart, in seconds. */
  readonly clockTolerance: number
  readonly clock: Clock
  /** Returns a number from 0 to 1; default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** Longest time for which a request waits for the shared store, in milliseconds. */
const LONGEST_CALL = 250
/** How long the shared store is left alone after a failure, in milliseconds. */
const PAUSE = 2000
/**
 * A process gives up a shared result at a random moment in this last part of its life. So the first
 * process that does renews it for all, and they do not all introspect at the same moment.
 */
const EARLIEST = 0.1

/**
 * Keeps results of introspection in two tiers: the memory of this process, and a store that several
 * processes share. A token is then introspected once for all of them.
 *
 * A result never lives longer than the process that introspected gave it. The cache in front checks
 * expiry and signing key at every hit, whichever tier has the result. The list of revocations is looked
 * up at every request. Only results of introspection are shared: a signature costs less than the store.
 *
 * A slow store delays a request by {@link LONGEST_CALL} at most. Then the store is left alone for
 * {@link PAUSE}, and tokens are verified without it.
 *
 * @internal
 */
export class SharedResults implements EntryStore<Verification> {
  readonly #options: SharedResultsOptions
  readonly #calls: BriefCalls
  readonly #reads = new SingleFlight<Verification | undefined>()

  constructor(options: SharedResultsOptions) {
    this.#options = options
    this.#calls = new BriefCalls(LONGEST_CALL, PAUSE, options.clock)
  }

  get(key: string, now?: number): MaybePromise<Verification | undefined> {
    const found = this.#options.memory.get(key, now)
    if (found !== undefined || this.#calls.rests) return found
    return this.#reads.run(key, () => this.#read(key))
  }

  set(key: string, verification: Verification, until: number): MaybePromise<void> {
    const { memory, values } = this.#options
    if (!isShared(verification)) return memory.set(key, verification, until)
    memory.set(key, verification, this.#givenUp(verification, until))
    const text = writeStoredResult({ verification, until })
    if (text === undefined) return
    return this.#calls.run(() => values.set(key, text, until))
  }

  delete(key: string): MaybePromise<void> {
    const { memory, values } = this.#options
    memory.delete(key)
    return this.#calls.run(() => values.delete(key))
  }

  async #read(key: string): Promise<Verification | undefined> {
    const { memory, values, clock, clockTolerance } = this.#options
    const text = await this.#calls.run(() => values.get(key))
    const found = text === undefined ? undefined : readStoredResult(text)
    if (found === undefined) return undefined
    const { verification, until } = found
    const now = clock()
    // A process whose clock is far ahead would make its results live too long here.
    if (until > now + (verification.maxAge + clockTolerance) * 1000) return undefined
    const end = this.#givenUp(verification, until)
    if (!isShared(verification) || now > end) return undefined
    memory.set(key, verification, end)
    return verification
  }

  /** When this process gives up a shared result: in the last part of its life. */
  #givenUp({ maxAge }: Verification, until: number): number {
    const { random = Math.random } = this.#options
    return until - random() * EARLIEST * maxAge * 1000
  }
}

/** Whether a result is one of introspection, which counts for a limited time. */
function isShared({ maxAge, token }: StoredResult['verification']): boolean {
  return maxAge > 0 && Number.isFinite(maxAge) && token.verifiedBy !== 'signature'
}
