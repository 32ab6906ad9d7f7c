import type { Clock } from '../storage/clock.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { keysOfToken, type RevocationEntry } from './revocation.ts'

/** @internal */
export interface RevocationListOptions {
  /** The longest life of a token, in seconds. An entry is kept for this time after its `at`. */
  readonly longestTokenLife: number
  readonly maxRevocations: number
  /**
   * Seconds for which an introspection answer may be reused. A token without `iat` that introspection
   * called active counts as issued so long before this list saw it first.
   */
  readonly introspectionMaxAge: number
  readonly clock: Clock
  /** Called when the list is full and entries are merged. */
  readonly onFull: () => void
}

/** What the list knows about a token object. */
interface Checked {
  readonly keys: readonly string[]
  readonly issuedAt: number | undefined
  version: number
  revoked: boolean
}

/** The part of the entries that is kept when the list is full. */
const KEPT_SHARE = 0.75

/**
 * The revocations that this process knows. A request looks up its token here, also if the token is
 * cached.
 *
 * The list is bounded. A dropped entry becomes a bound for its issuer: all tokens issued until then are
 * refused. So dropping an entry never makes a revoked token valid. An entry is dropped when the longest
 * life of a token has passed, and when the list is full.
 *
 * @internal
 */
export class RevocationList {
  readonly #options: RevocationListOptions
  readonly #entries = new Map<string, RevocationEntry>()
  /** By issuer: tokens issued until this second are refused, because entries were dropped by their age. */
  readonly #forgotten = new Map<string, number>()
  readonly #checked = new WeakMap<VerifiedToken, Checked>()
  /** Grows with every entry, so that a token is looked up again only if something has changed. */
  #version = 0
  #swept = Number.NEGATIVE_INFINITY

  constructor(options: RevocationListOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /** All entries, for a store that has lost them. */
  entries(): Iterable<RevocationEntry> {
    return this.#entries.values()
  }

  /** @returns whether the entry revokes anything that was not revoked before */
  add(entry: RevocationEntry): boolean {
    const now = this.#options.clock() / 1000
    this.#sweep(now)
    const known = this.#entries.get(entry.key)
    if (known !== undefined && covers(known, entry)) return false
    // An old message may tell of a revocation that no living token can meet.
    if (entry.at + this.#options.longestTokenLife < now) return false
    this.#entries.delete(entry.key)
    this.#entries.set(entry.key, known === undefined ? entry : merged(known, entry))
    this.#version += 1
    if (this.#entries.size > this.#options.maxRevocations) this.#makeRoom()
    return true
  }

  isRevoked(token: VerifiedToken): boolean {
    if (this.#version === 0) return false
    let checked = this.#checked.get(token)
    if (checked === undefined) {
      checked = {
        keys: keysOfToken(token),
        issuedAt: this.#issuedAt(token),
        version: 0,
        revoked: false,
      }
      this.#checked.set(token, checked)
    }
    if (checked.version !== this.#version) {
      checked.revoked = this.hits(checked.keys, checked.issuedAt)
      checked.version = this.#version
    }
    return checked.revoked
  }

  /**
   * Whether an entry revokes a token with these keys.
   *
   * @param issuedAt in seconds since the epoch; `undefined` if nobody knows. Then it may have been issued
   * at any time
   */
  hits(keys: readonly string[], issuedAt: number | undefined): boolean {
    for (const key of keys) {
      const entry = this.#entries.get(key)
      if (entry !== undefined && isHit(entry.issuedUntil, issuedAt)) return true
    }
    const [everything = ''] = keys
    const forgotten = this.#forgotten.get(everything)
    return forgotten !== undefined && issuedAt !== undefined && issuedAt <= forgotten
  }

  #issuedAt({ issuedAt, verifiedBy }: VerifiedToken): number | undefined {
    if (issuedAt !== undefined || verifiedBy === 'signature') return issuedAt
    return this.#options.clock() / 1000 - this.#options.introspectionMaxAge
  }

  /** Drops the entries whose time is over. */
  #sweep(now: number): void {
    const { longestTokenLife } = this.#options
    const since = now - this.#swept
    if (since >= 0 && since < longestTokenLife / 100) return
    this.#swept = now
    for (const entry of this.#entries.values()) {
      if (entry.at + longestTokenLife >= now) continue
      this.#entries.delete(entry.key)
      const before = this.#forgotten.get(entry.everything) ?? Number.NEGATIVE_INFINITY
      this.#forgotten.set(entry.everything, Math.max(before, entry.issuedUntil ?? entry.at))
    }
  }

  /** Merges the oldest entries of each issuer into one that revokes everything issued until then. */
  #makeRoom(): void {
    const keep = Math.floor(this.#options.maxRevocations * KEPT_SHARE)
    for (const entry of this.#entries.values()) {
      if (this.#entries.size <= keep) break
      const { key, everything, at } = entry
      if (key === everything) continue
      this.#entries.delete(key)
      const all = { key: everything, everything, issuedUntil: entry.issuedUntil ?? at, at }
      const known = this.#entries.get(everything)
      this.#entries.set(everything, known === undefined ? all : merged(known, all))
    }
    this.#options.onFull()
  }
}

function isHit(issuedUntil: number | undefined, issuedAt: number | undefined): boolean {
  if (issuedUntil === undefined || issuedAt === undefined) return true
  // `iat` has whole seconds, and so have events. A token of the same second may be older than the event.
  return Math.floor(issuedAt) <= issuedUntil
}

const lastSecond = ({ issuedUntil }: RevocationEntry): number =>
  issuedUntil ?? Number.POSITIVE_INFINITY

function covers(known: RevocationEntry, entry: RevocationEntry): boolean {
  return lastSecond(known) >= lastSecond(entry) && known.at >= entry.at
}

function merged(known: RevocationEntry, entry: RevocationEntry): RevocationEntry {
  return {
    ...entry,
    issuedUntil: lastSecond(known) > lastSecond(entry) ? known.issuedUntil : entry.issuedUntil,
    at: Math.max(known.at, entry.at),
  }
}
