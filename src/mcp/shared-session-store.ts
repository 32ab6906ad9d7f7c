import { isObject } from '../json-object.ts'
import { type Clock, timePassed } from '../storage/clock.ts'
import { inTime } from '../storage/in-time.ts'
import type { SealedValues } from '../storage/sealed-values.ts'
import { deepFreeze } from '../token/verified-token.ts'
import { MemorySessionStore } from './memory-session-store.ts'
import type { SessionSettings } from './session-options.ts'
import type { SessionOwner, SessionStore } from './session-store.ts'

/** How long the shared store may take for an answer, in milliseconds. */
const LONGEST_CALL = 2000
/** The part of `maxIdle` after which a session in use is renewed. */
const RENEWED_AFTER = 0.1
/**
 * How long the store remembers that a session was removed, in milliseconds. A renewal that began before
 * takes less time.
 */
const REMEMBERED = 60_000

const REMOVED = 'removed'

/**
 * Stores the owners of MCP sessions in a store that several processes share, so that a session continues
 * on every process. The owner is sealed, and the key is a digest.
 *
 * Every request that names a session reads its owner from the store. So a session that was removed is
 * refused everywhere at once. If the store fails, so does the request.
 *
 * `maxPerPrincipal` and `maxPerSubject` limit the sessions that this process has seen in use. If an owner
 * has more, its session unused for longest is removed from the store. So an owner has at most that many
 * sessions for each process. `maxSessions` limits only what a process remembers for this purpose. An
 * unused session leaves the store after `maxIdle`, or up to a tenth of that time earlier.
 *
 * @internal
 */
export class SharedSessionStore implements SessionStore {
  readonly #values: SealedValues
  readonly #seen: MemorySessionStore
  readonly #maxIdle: number
  readonly #clock: Clock
  /** When the store drops the session of an owner that was read from it, in milliseconds since the epoch. */
  readonly #until = new WeakMap<SessionOwner, number>()

  constructor(values: SealedValues, options: SessionSettings, clock: Clock) {
    this.#values = values
    this.#maxIdle = options.maxIdle * 1000
    this.#clock = clock
    this.#seen = new MemorySessionStore(options, timePassed(clock), (key) => {
      // No request is left to tell of a failure. The session then leaves the store after `maxIdle`.
      this.#remove(key).catch(() => {})
    })
  }

  async get(key: string): Promise<SessionOwner | undefined> {
    const text = await answered(this.#values.get(key))
    const stored = text === undefined ? undefined : readStoredOwner(text)
    if (stored === undefined || this.#clock() > stored.until) return undefined
    this.#until.set(stored.owner, stored.until)
    return stored.owner
  }

  async add(key: string, owner: SessionOwner): Promise<void> {
    const until = this.#clock() + this.#maxIdle
    const added = await answered(this.#values.add(key, JSON.stringify({ owner, until }), until))
    if (added === true) this.#seen.add(key, owner)
  }

  async renew(key: string, owner: SessionOwner): Promise<void> {
    this.#seen.add(key, owner)
    this.#seen.renew(key, owner)
    const now = this.#clock()
    const left = (this.#until.get(owner) ?? now) - now
    if (left > this.#maxIdle * (1 - RENEWED_AFTER)) return
    const until = now + this.#maxIdle
    await answered(this.#values.set(key, JSON.stringify({ owner, until }), until))
    // Another process may have removed the session between the read and the renewal.
    const removed = await answered(this.#values.get(removalOf(key)))
    if (removed !== undefined) await answered(this.#values.delete(key))
  }

  async delete(key: string): Promise<void> {
    this.#seen.delete(key)
    await this.#remove(key)
  }

  async #remove(key: string): Promise<void> {
    // The note comes first. So a renewal at the same time either finds the note, or is overtaken by
    // the removal.
    await answered(this.#values.set(removalOf(key), REMOVED, this.#clock() + REMEMBERED))
    await answered(this.#values.delete(key))
  }
}

/** The key of the note that a session was removed. Digests, which sessions have as keys, have no space. */
function removalOf(key: string): string {
  return `${REMOVED} ${key}`
}

interface StoredOwner {
  readonly owner: SessionOwner
  readonly until: number
}

/**
 * Reads an owner that this or another process wrote.
 *
 * @returns `undefined` if a member is missing or has another type
 */
function readStoredOwner(text: string): StoredOwner | undefined {
  let stored: unknown
  try {
    stored = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(stored) || !isOwner(stored.owner)) return undefined
  const { owner, until } = stored
  return typeof until === 'number' ? { owner: deepFreeze(owner), until } : undefined
}

function isOwner(owner: unknown): owner is SessionOwner {
  if (!isObject(owner)) return false
  const { principal, subject, bound, opening } = owner
  if (typeof principal !== 'string' || typeof subject !== 'string') return false
  return (bound === undefined || bound === true) && isOpening(opening)
}

function isOpening(opening: unknown): boolean {
  if (!isObject(opening)) return false
  const { keys, issuedAt, expiresAt, checkedAt } = opening
  if (!Array.isArray(keys) || keys.length === 0) return false
  if (!keys.every((key) => typeof key === 'string')) return false
  if (issuedAt !== undefined && typeof issuedAt !== 'number') return false
  return typeof expiresAt === 'number' && typeof checkedAt === 'number'
}

function answered<V>(work: Promise<V>): Promise<V> {
  const late = () => new Error(`no answer of the shared store within ${LONGEST_CALL} ms`)
  return inTime(work, LONGEST_CALL, late)
}
