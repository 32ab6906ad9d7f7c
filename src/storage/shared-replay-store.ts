import { UnavailableError } from '../errors/unavailable-error.ts'
import { answered } from './log-in-time.ts'
import type { MaybePromise } from './maybe-promise.ts'
import type { MemoryReplayStore } from './memory-replay-store.ts'
import type { MessageReplays } from './replay-store.ts'
import type { SharedStore } from './shared-store.ts'

/** @internal */
export interface SharedReplayParts {
  /** The ids of this process. They bound what one owner can write into the store, and count in an outage. */
  readonly memory: MemoryReplayStore
  readonly store: Pick<SharedStore, 'add' | 'get'>
  /** Separates the ids of DPoP proofs, logout tokens and security events. */
  readonly purpose: string
  readonly onOutage: 'local' | 'refuse'
  /** Whether the store is known not to answer. Then no request waits for the store. */
  readonly isAway: () => boolean
}

/** How many ids are given back to the store at the same time. */
const BATCH = 200

/**
 * How much longer the store keeps an id, in milliseconds. The clocks of two instances and of the store may
 * differ by this much: an id that has ended here may still be accepted where the clock is behind.
 *
 * @internal
 */
export const CLOCK_DIFFERENCE = 60_000

/**
 * Remembers used ids for all processes that share a store. An id is looked up in the memory of this
 * process first, and then added to the store.
 *
 * If the store fails, `refuse` throws, because another process may have seen the id. `local` goes on with
 * the memory: an id then counts once in each process.
 *
 * @internal
 */
export class SharedReplayStore implements MessageReplays {
  readonly #parts: SharedReplayParts
  /** How often the store was to get back the ids. */
  #restores = 0
  /** Whether the store may lack ids of this process. */
  #isLacking = false

  constructor(parts: SharedReplayParts) {
    this.#parts = parts
  }

  /** @throws {UnavailableError} `replay_store_failed` */
  remember(id: string, until: number, owner: string): MaybePromise<boolean> {
    const { memory, onOutage, isAway } = this.#parts
    const away = isAway()
    if (onOutage === 'refuse') {
      if (away) throw failure('the shared store does not answer')
      if (this.#isLacking) throw failure('the shared store gets back the ids that it has lost')
    }
    if (!memory.remember(id, until, owner)) return false
    return away || this.#add(id, until, owner)
  }

  async has(id: string): Promise<boolean> {
    const { memory, store, isAway } = this.#parts
    if (memory.has(id)) return true
    if (isAway()) return false
    try {
      return (await answered(store.get(this.#keyOf(id)))) !== undefined
    } catch {
      return false
    }
  }

  /**
   * Gives the store the ids of this process, after it may have lost its own, or after an outage in which it
   * did not get them. With `refuse`, no id is new until then, because another process may have accepted it
   * before.
   *
   * @returns whether the store has all ids. If not, this method must be called again
   */
  async restore(): Promise<boolean> {
    this.#isLacking = true
    this.#restores += 1
    const number = this.#restores
    try {
      const { memory } = this.#parts
      let batch: Promise<boolean>[] = []
      for (const [id, ended] of [...memory.ids()]) {
        batch.push(this.#send(id, ended))
        if (batch.length < BATCH) continue
        await Promise.all(batch)
        batch = []
      }
      await Promise.all(batch)
    } catch {
      return false
    }
    // A later loss needs the later call.
    if (number === this.#restores) this.#isLacking = false
    return true
  }

  #send(id: string, until: number): Promise<boolean> {
    const { store } = this.#parts
    return answered(store.add(this.#keyOf(id), '1', until + CLOCK_DIFFERENCE))
  }

  #keyOf(id: string): string {
    return `replay/${this.#parts.purpose}/${id}`
  }

  async #add(id: string, until: number, owner: string): Promise<boolean> {
    const { memory, onOutage } = this.#parts
    try {
      const isNew: unknown = await this.#send(id, until)
      if (typeof isNew === 'boolean') return isNew
      throw new TypeError('the shared store said neither true nor false')
    } catch (cause) {
      if (onOutage === 'local') return true
      // The request fails, so the id was not used. The store decides when it comes again.
      memory.forget(id, owner)
      throw failure('the shared store failed to add an id', cause)
    }
  }
}

function failure(message: string, cause?: unknown): UnavailableError {
  return new UnavailableError('replay_store_failed', message, { cause })
}
