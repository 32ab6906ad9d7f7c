import { UnavailableError } from '../errors/unavailable-error.ts'
import type { Clock } from './clock.ts'
import { ForgottenSlots } from './forgotten-slots.ts'
import type { MessageReplays } from './replay-store.ts'

/** The limits of a {@link MemoryReplayStore}. @internal */
export interface ReplayLimits {
  /** Most ids, and the name of the option that sets this limit. */
  readonly maxIds: readonly [limit: number, option: string]
  /** Most ids of one owner, and the name of the option that sets this limit. */
  readonly maxIdsPerOwner: readonly [limit: number, option: string]
  /** The longest time between a call and its `until`, in milliseconds. */
  readonly longestLife: number
}

/** The ids whose time ends in the same time slot. */
interface Slot {
  readonly ids: Set<string>
  /** How many of the ids each owner has. */
  readonly owners: Map<string, number>
}

/** The number of slots in {@link ReplayLimits.longestLife}. */
const SLOTS = 10

/**
 * Remembers ids in the memory of this process. Ids are kept in time slots, and a slot is dropped as a
 * whole, so no request has to sweep. An id is never dropped to make room: a full store throws, because
 * an id that is not remembered could be used again.
 *
 * A clock that is set back does not make ids new. Ids that are still stored stay. For an id whose slot
 * was dropped, the store throws. Slots that end too far ahead of the clock are dropped, so that a clock
 * that was far ahead does not fill the store.
 *
 * @internal
 */
export class MemoryReplayStore implements MessageReplays {
  readonly #limits: ReplayLimits
  readonly #clock: Clock
  /** The length of a slot, in milliseconds. */
  readonly #length: number
  readonly #slots = new Map<number, Slot>()
  readonly #forgotten = new ForgottenSlots()
  #size = 0
  /** The slot of the last call. */
  #current = Number.NaN

  constructor(limits: ReplayLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#length = limits.longestLife / SLOTS
  }

  /** The number of stored ids, for tests. */
  get size(): number {
    return this.#size
  }

  /** @throws {UnavailableError} `replay_store_failed` */
  remember(id: string, until: number, owner: string): boolean {
    const now = this.#clock()
    this.#dropEnded(this.#slotAt(now))
    let owned = 0
    for (const { ids, owners } of this.#slots.values()) {
      if (ids.has(id)) return false
      owned += owners.get(owner) ?? 0
    }
    const at = this.#slotAt(until)
    if (this.#forgotten.has(at)) {
      const ends = new Date(until).toISOString()
      throw failure(`the clock was set back: the ids that end at ${ends} are forgotten already`)
    }
    this.#checkRoom(now, owned, owner)
    const slot = this.#slots.get(at) ?? { ids: new Set(), owners: new Map() }
    this.#slots.set(at, slot)
    slot.ids.add(id)
    slot.owners.set(owner, (slot.owners.get(owner) ?? 0) + 1)
    this.#size += 1
    return true
  }

  has(id: string): boolean {
    this.#dropEnded(this.#slotAt(this.#clock()))
    return [...this.#slots.values()].some(({ ids }) => ids.has(id))
  }

  /** The stored ids, each with an instant at which it has ended, in milliseconds since the epoch. */
  *ids(): Iterable<readonly [id: string, ended: number]> {
    for (const [at, { ids }] of this.#slots) {
      for (const id of ids) yield [id, (at + 1) * this.#length]
    }
  }

  /** Forgets an id whose use has failed, so that it may be used again. */
  forget(id: string, owner: string): void {
    for (const { ids, owners } of this.#slots.values()) {
      if (!ids.delete(id)) continue
      owners.set(owner, (owners.get(owner) ?? 1) - 1)
      this.#size -= 1
    }
  }

  #checkRoom(now: number, owned: number, owner: string): void {
    const [share, shareOption] = this.#limits.maxIdsPerOwner
    if (owned >= share) {
      const retryAfter = this.#secondsUntilRoom(now, ({ owners }) => (owners.get(owner) ?? 0) > 0)
      const found = `the memory holds ${owned} ids of one owner; the limit is ${share}`
      throw failure(
        `${found} (option \`${shareOption}\`). Other owners are not affected`,
        retryAfter,
      )
    }
    const [max, option] = this.#limits.maxIds
    if (this.#size < max) return
    const found = `the memory is full: it holds ${this.#size} ids; the limit is ${max}`
    throw failure(
      `${found} (option \`${option}\`)`,
      this.#secondsUntilRoom(now, ({ ids }) => ids.size > 0),
    )
  }

  /** The seconds until the first slot ends that meets the condition. */
  #secondsUntilRoom(now: number, meets: (slot: Slot) => boolean): number {
    const slots = [...this.#slots].filter(([, slot]) => meets(slot)).map(([at]) => at)
    return ((Math.min(...slots) + 1) * this.#length - now) / 1000
  }

  #slotAt(time: number): number {
    return Math.floor(time / this.#length)
  }

  #dropEnded(current: number): void {
    if (current === this.#current) return
    this.#current = current
    for (const [at, { ids }] of this.#slots) {
      if (at >= current && at <= current + SLOTS + 1) continue
      this.#slots.delete(at)
      this.#forgotten.add(at)
      this.#size -= ids.size
    }
  }
}

function failure(message: string, retryAfter?: number): UnavailableError {
  return new UnavailableError(
    'replay_store_failed',
    message,
    retryAfter === undefined ? {} : { retryAfter },
  )
}
