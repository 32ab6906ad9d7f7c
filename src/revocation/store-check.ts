import { randomUUID } from 'node:crypto'
import type { Clock } from '../storage/clock.ts'
import { answered } from '../storage/log-in-time.ts'
import type { SharedStore } from '../storage/shared-store.ts'

/** The key of the random name of the store. A store that was emptied no longer has it. */
const LIFE = 'revocations/life'
const YEAR = 31_536_000_000
/** A key that is written to find out whether the store can be written to. */
const WRITABLE = 'revocations/writable'
const MINUTE = 60_000

/** What a {@link StoreCheck} needs of a store. @internal */
export type CheckedStore = Pick<SharedStore, 'add' | 'get' | 'set'>

/** Checks that a shared store can be used, and that it still has what it had. @internal */
export class StoreCheck {
  readonly #store: CheckedStore
  readonly #clock: Clock
  /** The name that the store had when it was last asked. */
  #asked: string | undefined
  #life: string | undefined

  constructor(store: CheckedStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /**
   * Checks whether the store was emptied since the last call of {@link StoreCheck.remember}: then its
   * random name is another one.
   *
   * @throws {Error} if the store does not answer in time, or cannot be written to
   */
  async hasLost(): Promise<boolean> {
    // A full store and a replica can be read from, but nobody can share a revocation through them.
    await answered(this.#store.set(WRITABLE, '1', this.#clock() + MINUTE))
    this.#asked = await this.#readLife()
    return this.#life !== undefined && this.#asked !== this.#life
  }

  /** Accepts the store as it was when it was last asked. A loss since then will be found. */
  remember(): void {
    this.#life = this.#asked
  }

  async #readLife(): Promise<string | undefined> {
    const life = await answered(this.#store.get(LIFE))
    if (life !== undefined) return life
    await answered(this.#store.add(LIFE, randomUUID(), this.#clock() + YEAR))
    return answered(this.#store.get(LIFE))
  }
}
