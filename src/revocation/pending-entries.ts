import { covers, type RevocationEntry } from './revocation.ts'

/** An entry that the shared log may not have. */
interface Pending {
  readonly everything: string
  /** Whether the entry is being appended. */
  sending: boolean
  /** The number of the last read of the log that began before the store had the entry. */
  stored: number | undefined
}

/** @internal */
export interface PendingOptions {
  /** The entry of the list with this key. */
  readonly find: (key: string) => RevocationEntry | undefined
  /** Most entries of the list. */
  readonly maxEntries: number
}

/** After so many reads of the log, an entry that was not read back is appended again. */
const MOST_READS = 20

/**
 * The entries that the other instances may not get yet. An entry is pending until it was read back from
 * the log: a store that fails over can lose entries that it has confirmed.
 *
 * Only keys are kept. The list knows the entries. If the list has merged an entry to make room, the entry
 * that it was merged into becomes pending. So there are never many more pending entries than the list has.
 *
 * @internal
 */
export class PendingEntries {
  readonly #options: PendingOptions
  readonly #pending = new Map<string, Pending>()

  constructor(options: PendingOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#pending.size
  }

  add({ key, everything }: Pick<RevocationEntry, 'key' | 'everything'>): void {
    this.#pending.set(key, { everything, sending: false, stored: undefined })
    if (this.#pending.size > this.#options.maxEntries) this.#followMerges()
  }

  /** The entry that must be appended before it can be said that the store has it. */
  unconfirmed({
    key,
    everything,
  }: Pick<RevocationEntry, 'key' | 'everything'>): RevocationEntry | undefined {
    const at = this.#pending.has(key) ? key : everything
    const pending = this.#pending.get(at)
    return pending === undefined || pending.stored !== undefined ? undefined : this.#current(at)
  }

  /** The entries that the store does not have, and that nobody is appending. */
  *missing(): Iterable<RevocationEntry> {
    this.#followMerges()
    for (const key of this.#pending.keys()) {
      const entry = this.#isMissing(key) ? this.#options.find(key) : undefined
      if (entry !== undefined) yield entry
    }
  }

  /**
   * Appends an entry, unless that is no longer necessary.
   *
   * @param reads how many reads of the log have begun
   */
  async append(
    entry: RevocationEntry,
    send: (entry: RevocationEntry) => Promise<void>,
    reads: () => number,
  ): Promise<void> {
    const pending = this.#pending.get(entry.key)
    if (pending === undefined) return
    pending.sending = true
    try {
      await send(entry)
    } finally {
      pending.sending = false
    }
    const current = this.#options.find(entry.key)
    if (current === undefined || covers(entry, current)) pending.stored = reads()
  }

  /** Call this for each entry of the log, after the list has it. */
  readBack(entry: RevocationEntry): void {
    if (!this.#pending.has(entry.key)) return
    const current = this.#options.find(entry.key)
    if (current === undefined || covers(entry, current)) this.#pending.delete(entry.key)
  }

  /**
   * Call this when a read has ended. Entries that should have been read back are lost.
   *
   * @param reads the number of the read
   * @param atEnd whether the log had no further entry
   */
  afterRead(reads: number, atEnd: boolean): void {
    for (const pending of this.#pending.values()) {
      if (pending.stored === undefined) continue
      if (pending.stored < (atEnd ? reads : reads - MOST_READS)) pending.stored = undefined
    }
  }

  /** Call this after a failure: the store may have lost what it has confirmed. */
  afterFailure(): void {
    for (const pending of this.#pending.values()) pending.stored = undefined
  }

  /** The entry of the list, or the entry that it was merged into; `undefined` if its time is over. */
  #current(key: string): RevocationEntry | undefined {
    const entry = this.#options.find(key)
    if (entry !== undefined) return entry
    const everything = this.#pending.get(key)?.everything
    this.#pending.delete(key)
    const all = everything === undefined ? undefined : this.#options.find(everything)
    if (all !== undefined && !this.#pending.has(all.key)) {
      this.#pending.set(all.key, { everything: all.key, sending: false, stored: undefined })
    }
    return all
  }

  #isMissing(key: string): boolean {
    const pending = this.#pending.get(key)
    return pending?.stored === undefined && pending?.sending === false
  }

  #followMerges(): void {
    for (const key of [...this.#pending.keys()]) this.#current(key)
  }
}
