import type { Clock } from '../storage/clock.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { covers, factsOf, merged, type RevocationEntry, type TokenFacts } from './revocation.ts'
import { MOST_AHEAD } from './shared-entry.ts'

/** @internal */
export interface RevocationListOptions {
  /** The longest life of a token, in seconds. An entry is kept for this time. */
  readonly longestTokenLife: number
  readonly maxRevocations: number
  readonly clock: Clock
  /** Called when the list is full and entries are merged. */
  readonly onFull: () => void
  /** Called when an entry must be kept longer than its own age says. */
  readonly onKept?: (entry: RevocationEntry) => void
}

/** What the list knows about a token object. */
interface Checked {
  readonly facts: TokenFacts
  version: number
  revoked: boolean
}

/** The part of the entries that is kept when the list is full. */
const KEPT_SHARE = 0.75
/** The part of the longest life of a token between two searches for entries whose time is over. */
const SWEEP_SHARE = 0.01

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
  /** The keys of issuers, so that the entries of an issuer share one string. */
  readonly #issuers = new Map<string, string>()
  readonly #checked = new WeakMap<VerifiedToken, Checked>()
  /** Grows with every change, so that a token is looked up again only if something has changed. */
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

  find(key: string): RevocationEntry | undefined {
    return this.#entries.get(key)
  }

  /**
   * Adds an entry. It does not throw, also if the clock fails: a revocation must not get lost.
   *
   * @returns whether the entry revokes anything that was not revoked before
   */
  add(entry: RevocationEntry): boolean {
    const now = this.#now()
    this.#sweep(now)
    const known = this.#entries.get(entry.key)
    const isForged = known !== undefined && known.everything !== entry.everything
    // A key belongs to one issuer. Nobody knows which of the two entries is forged, so both count.
    if (isForged) this.#mergeIntoEverything(known, now)
    else if (known !== undefined && covers(known, entry)) return false
    // No living token can meet the entry, unless the token lives longer than the option says.
    if (known === undefined && this.#isOver(entry, now)) return this.#forget(entry)
    this.#entries.delete(entry.key)
    const everything = this.#shared(entry.everything)
    const added = known === undefined ? entry : merged(known, entry)
    this.#entries.set(entry.key, { ...added, everything })
    this.#version += 1
    if (this.#entries.size > this.#options.maxRevocations) this.#makeRoom(now)
    return true
  }

  isRevoked(token: VerifiedToken): boolean {
    if (this.#version === 0) return false
    let checked = this.#checked.get(token)
    if (checked === undefined) {
      checked = { facts: factsOf(token), version: 0, revoked: false }
      this.#checked.set(token, checked)
    }
    // A refusal may end when the time of an entry is over.
    if (checked.revoked) this.#sweep(this.#now())
    if (checked.version !== this.#version) {
      checked.revoked = this.hits(checked.facts)
      checked.version = this.#version
    }
    return checked.revoked
  }

  /**
   * Whether an entry revokes a token.
   *
   * @param checkedAt when the token was last found not to be revoked, in seconds since the epoch. An entry
   * is dropped only after the longest life of a token. So an entry that was dropped shortly after
   * `checkedAt` was in the list at that time, and did not revoke the token
   */
  hits(facts: TokenFacts, checkedAt?: number): boolean {
    if (this.#version === 0) return false
    const { keys, issuedAt } = facts
    let found = false
    for (const key of keys) {
      const entry = this.#entries.get(key)
      if (entry === undefined || !isHit(entry.issuedUntil, issuedAt)) continue
      this.#keep(entry, facts)
      found = true
    }
    if (found) return true
    const since = checkedAt === undefined ? Number.NaN : this.#now() - checkedAt
    if (since >= 0 && since < this.#options.longestTokenLife / 2) return false
    const [everything = ''] = keys
    const forgotten = this.#forgotten.get(everything)
    return forgotten !== undefined && isHit(forgotten, this.#earliest(facts))
  }

  /** The current time in seconds; `-Infinity` if the clock fails. */
  #now(): number {
    try {
      return this.#options.clock() / 1000
    } catch {
      return Number.NEGATIVE_INFINITY
    }
  }

  /** The earliest time at which a token can have been issued. */
  #earliest({ issuedAt, expiresAt }: TokenFacts): number {
    return issuedAt ?? expiresAt - this.#options.longestTokenLife
  }

  /**
   * Keeps an entry that revokes its tokens for good as long as such tokens are issued. If it were dropped
   * by its own age, a token that was issued after the revocation would become valid.
   */
  #keep(entry: RevocationEntry, facts: TokenFacts): void {
    if (entry.issuedUntil !== undefined) return
    const latest = this.#now() + (facts.issuedAt === undefined ? 0 : MOST_AHEAD)
    const at = Math.min(this.#earliest(facts), latest)
    if (!(at > entry.at)) return
    const kept = { ...entry, at }
    this.#entries.set(entry.key, kept)
    this.#options.onKept?.(kept)
  }

  #isOver({ at, issuedUntil = at }: RevocationEntry, now: number): boolean {
    return Math.max(at, issuedUntil) + this.#options.longestTokenLife < now
  }

  /** Drops the entries whose time is over. */
  #sweep(now: number): void {
    const since = now - this.#swept
    if (since >= 0 && since < this.#options.longestTokenLife * SWEEP_SHARE) return
    this.#swept = now
    for (const entry of this.#entries.values()) {
      if (!this.#isOver(entry, now)) continue
      this.#entries.delete(entry.key)
      this.#forget(entry)
      this.#version += 1
    }
  }

  /** @returns whether tokens are refused now that were not refused before */
  #forget({ everything, issuedUntil, at }: RevocationEntry): boolean {
    const issuer = this.#shared(everything)
    const before = this.#forgotten.get(issuer) ?? Number.NEGATIVE_INFINITY
    const until = issuedUntil ?? at
    if (until <= before) return false
    this.#forgotten.set(issuer, until)
    this.#version += 1
    return true
  }

  /**
   * Merges the oldest entries of each issuer into one that revokes everything issued until then. What was
   * revoked for good becomes everything issued until now, because its tokens may be younger than the entry.
   */
  #makeRoom(now: number): void {
    const keep = Math.floor(this.#options.maxRevocations * KEPT_SHARE)
    for (const entry of this.#entries.values()) {
      if (this.#entries.size <= keep) break
      if (entry.key === entry.everything) continue
      this.#entries.delete(entry.key)
      this.#mergeIntoEverything(entry, now)
    }
    this.#options.onFull()
  }

  #mergeIntoEverything(entry: RevocationEntry, now: number): void {
    const { everything, at, issuedUntil = Math.max(at, now) } = entry
    const all = { key: everything, everything, issuedUntil, at }
    const known = this.#entries.get(everything)
    this.#entries.set(everything, known === undefined ? all : merged(known, all))
  }

  #shared(issuer: string): string {
    const shared = this.#issuers.get(issuer)
    if (shared !== undefined) return shared
    this.#issuers.set(issuer, issuer)
    return issuer
  }
}

/** Whether a token is revoked. It is written so that NaN revokes the token. */
function isHit(issuedUntil: number | undefined, issuedAt: number | undefined): boolean {
  if (issuedUntil === undefined || issuedAt === undefined) return true
  // `iat` has whole seconds, and so have events. A token of the same second may be older than the event.
  return !(Math.floor(issuedAt) > issuedUntil)
}
