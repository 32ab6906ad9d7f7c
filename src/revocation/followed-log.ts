import type { Clock } from '../storage/clock.ts'
import { LogInTime } from '../storage/log-in-time.ts'
import type { SharedLog } from '../storage/shared-store.ts'
import { merged, type RevocationEntry } from './revocation.ts'
import { readSharedEntry, writeSharedEntry } from './shared-entry.ts'

/** @internal */
export interface FollowedLogOptions {
  readonly log: SharedLog
  readonly clock: Clock
  /** Ends every read. */
  readonly stop: AbortSignal
  /** Called for each entry; `undefined` for one that cannot be read. */
  readonly onEntry: (entry: RevocationEntry | undefined) => void
  /**
   * Called after each read.
   *
   * @param number the number of the read
   * @param atEnd whether the log had no further entry
   */
  readonly onRead: (number: number, atEnd: boolean) => void
}

/**
 * The shared log of revocations, and how far this process has read it. It notices when the log has lost
 * entries that were read before.
 *
 * @internal
 */
export class FollowedLog {
  readonly #options: FollowedLogOptions
  readonly #log: LogInTime
  /** The position of the last entry that was read. */
  #position: string | undefined
  #reads = 0
  /** How often the log was found to be cut: the position that a read began at was no longer there. */
  #cuts = 0
  /** The value of `#cuts` when the whole log was read for the last time. */
  #wholeAt = -1

  constructor(options: FollowedLogOptions) {
    this.#options = options
    this.#log = new LogInTime(options.log)
  }

  /** How many reads have begun. */
  get reads(): number {
    return this.#reads
  }

  /** Whether the whole log was read, and was not found to be cut since then. */
  get isWhole(): boolean {
    return this.#wholeAt === this.#cuts
  }

  async append(entry: RevocationEntry): Promise<void> {
    await this.#log.append(writeSharedEntry(entry))
  }

  /** @param keep the age up to which entries are kept, in milliseconds */
  trim(keep: number): Promise<void> {
    return this.#log.trim(keep)
  }

  /** Whether the log still has the last entry that was read. */
  async hasPosition(): Promise<boolean> {
    return this.#position === undefined || this.#log.has(this.#position)
  }

  /**
   * Reads the next entries.
   *
   * @param wait how long to wait for an entry, in milliseconds
   */
  async read(wait = 0): Promise<readonly (RevocationEntry | undefined)[]> {
    const { clock, stop, onEntry, onRead } = this.#options
    this.#reads += 1
    const number = this.#reads
    const before = this.#position
    const read = await this.#log.read(before, wait, stop)
    const now = clock() / 1000
    const entries = read.map(({ text }) => readSharedEntry(text, now))
    for (const entry of entries) onEntry(entry)
    this.#position = read.at(-1)?.position ?? before
    onRead(number, read.length === 0)
    // A failover that lost entries may go unnoticed, and new entries may follow the ones that are left.
    const isCut = before !== undefined && read.length > 0 && !(await this.#log.has(before))
    if (isCut) this.#cuts += 1
    return entries
  }

  /** Reads the log from its beginning. @returns what the log has, by key */
  async readAll(): Promise<ReadonlyMap<string, RevocationEntry>> {
    const cuts = this.#cuts
    this.#position = undefined
    this.#wholeAt = -1
    const found = new Map<string, RevocationEntry>()
    for (let read = await this.read(); read.length > 0; read = await this.read()) {
      for (const entry of read) {
        if (entry === undefined) continue
        const known = found.get(entry.key)
        found.set(entry.key, known === undefined ? entry : merged(known, entry))
      }
    }
    this.#wholeAt = cuts
    return found
  }
}
