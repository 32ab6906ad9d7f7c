import { UnavailableError } from '../errors/unavailable-error.ts'
import type { Clock } from './clock.ts'
import type { ReplayStore } from './replay-store.ts'

/** Most ids that are remembered. */
const MAX_IDS = 1_000_000

/**
 * Remembers ids in the memory of this process.
 *
 * @internal
 */
export class MemoryReplayStore implements ReplayStore {
  readonly #clock: Clock
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws {UnavailableError} `replay_store_failed` when the store is full */
  remember(id: string, until: number): boolean {
    const now = this.#clock()
    const known = this.#until.get(id)
    if (known !== undefined && known >= now) return false
    if (this.#until.size >= MAX_IDS) {
      for (const [old, end] of this.#until) if (end < now) this.#until.delete(old)
      if (this.#until.size >= MAX_IDS) {
        throw new UnavailableError('replay_store_failed', `the store holds ${MAX_IDS} ids`)
      }
    }
    this.#until.set(id, until)
    return true
  }
}
