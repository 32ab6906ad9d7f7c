import { type BoundedCache, createBoundedCache } from '../storage/bounded-cache.ts'
import type { Clock } from '../storage/clock.ts'
import type { SessionSettings } from './session-options.ts'
import type { SessionOwner, SessionStore } from './session-store.ts'

/** Keeps sessions in the memory of this process, bounded in all and for each owner. @internal */
export class MemorySessionStore implements SessionStore {
  readonly #owners: BoundedCache<SessionOwner>
  /** The keys of each principal's sessions, and of each subject's. */
  readonly #byPrincipal: KeysByOwner
  readonly #bySubject: KeysByOwner
  readonly #maxIdle: number
  readonly #clock: Clock

  constructor(options: SessionSettings, clock: Clock) {
    this.#byPrincipal = new KeysByOwner(options.maxPerPrincipal)
    this.#bySubject = new KeysByOwner(options.maxPerSubject)
    // A session that expires or makes room is removed here too, so these never outgrow the sessions.
    this.#owners = createBoundedCache(options.maxSessions, clock, (key, { principal, subject }) => {
      this.#byPrincipal.remove(principal, key)
      this.#bySubject.remove(subject, key)
    })
    this.#maxIdle = options.maxIdle * 1000
    this.#clock = clock
  }

  /** How much is kept: sessions, their owners, and the keys that are listed for owners. */
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
    // Stored before it is counted, so that the session which makes room for it is removed first.
    this.#owners.set(key, owner, this.#clock() + this.#maxIdle)
    if (this.#owners.get(key) === undefined) return
    this.#deleteIfAny(this.#byPrincipal.use(owner.principal, key))
    this.#deleteIfAny(this.#bySubject.use(owner.subject, key))
  }

  #deleteIfAny(key: string | undefined): void {
    if (key !== undefined) this.delete(key)
  }
}

/** The session keys of each owner, the one unused for longest first. An owner without keys is removed. */
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

  /** Makes a key the last one used. @returns the key that is over the owner's limit, if there is one */
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
