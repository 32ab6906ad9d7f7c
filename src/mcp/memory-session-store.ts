import { type BoundedCache, createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import type { SessionSettings } from './session-options.ts'
import type { SessionOwner, SessionStore } from './session-store.ts'

/**
 * Stores sessions in the memory of this process. The number of sessions is limited, in total and for
 * each owner.
 *
 * @internal
 */
export class MemorySessionStore implements SessionStore {
  readonly #owners: BoundedCache<SessionOwner>
  /** The session keys of each principal, and of each subject. */
  readonly #byPrincipal: KeysByOwner
  readonly #bySubject: KeysByOwner
  readonly #maxIdle: number
  readonly #clock: Clock
  readonly #onExcess: ((key: string) => void) | undefined

  /** @param onExcess called for a session that is removed because its owner has too many */
  constructor(options: SessionSettings, clock: Clock, onExcess?: (key: string) => void) {
    this.#byPrincipal = new KeysByOwner(options.maxPerPrincipal)
    this.#bySubject = new KeysByOwner(options.maxPerSubject)
    // The cache calls this for each session that it drops. Then the lists of keys drop the session too,
    // so they never grow beyond the cache.
    this.#owners = createBoundedCache(options.maxSessions, clock, (key, { principal, subject }) => {
      this.#byPrincipal.remove(principal, key)
      this.#bySubject.remove(subject, key)
    })
    this.#maxIdle = options.maxIdle * 1000
    this.#clock = clock
    this.#onExcess = onExcess
  }

  /**
   * The number of stored sessions, of owners, and of session keys in the lists of the owners. Tests use
   * it to find leaks.
   */
  get counts(): { readonly sessions: number; readonly owners: number; readonly keys: number } {
    const both = [this.#byPrincipal, this.#bySubject]
    return {
      sessions: this.#owners.size,
      owners: both.reduce((sum, { owners }) => sum + owners, 0),
      keys: both.reduce((sum, { keys }) => sum + keys, 0),
    }
  }

  get(key: string): SessionOwner | undefined {
    return this.#owners.get(key)
  }

  add(key: string, owner: SessionOwner): void {
    if (this.#owners.get(key) === undefined) this.#keep(key, owner)
  }

  renew(key: string, owner: SessionOwner): void {
    if (this.#owners.get(key) !== undefined) this.#keep(key, owner)
  }

  delete(key: string): void {
    const owner = this.#owners.get(key)
    if (owner === undefined) return
    this.#owners.delete(key)
    this.#byPrincipal.remove(owner.principal, key)
    this.#bySubject.remove(owner.subject, key)
  }

  #keep(key: string, owner: SessionOwner): void {
    // The session is stored first and counted afterwards. So if the cache drops an old session to make
    // room, that session is no longer counted.
    this.#owners.set(key, owner, this.#clock() + this.#maxIdle)
    if (this.#owners.get(key) === undefined) return
    this.#deleteIfAny(this.#byPrincipal.use(owner.principal, key))
    this.#deleteIfAny(this.#bySubject.use(owner.subject, key))
  }

  #deleteIfAny(key: string | undefined): void {
    if (key === undefined) return
    this.delete(key)
    this.#onExcess?.(key)
  }
}

/**
 * The session keys of each owner, sorted by last use, the oldest first. An owner without keys is
 * removed.
 */
class KeysByOwner {
  readonly #keys = new Map<string, Set<string>>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get owners(): number {
    return this.#keys.size
  }

  get keys(): number {
    let sum = 0
    for (const keys of this.#keys.values()) sum += keys.size
    return sum
  }

  /**
   * Marks a key as just used.
   *
   * @returns the oldest key if the owner now has too many keys; otherwise `undefined`
   */
  use(owner: string, key: string): string | undefined {
    const keys = this.#keys.get(owner) ?? new Set()
    keys.delete(key)
    keys.add(key)
    this.#keys.set(owner, keys)
    const [oldest] = keys
    return keys.size > this.#max ? oldest : undefined
  }

  remove(owner: string, key: string): void {
    const keys = this.#keys.get(owner)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(owner)
  }
}
