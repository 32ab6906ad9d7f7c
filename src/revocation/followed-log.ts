import type { Clock } from '../storage/clock.ts'
import { LogInTime } from '../storage/log-in-time.ts'
import type { SharedLog } from '../storage/shared-store.ts'
import type { RevocationEntry } from './revocation.ts'
import { MOST_AHEAD, readSharedEntry, writeSharedEntry } from './shared-entry.ts'

/** The largest step of the clock that needs no new reading of the log, in milliseconds. */
const LARGEST_STEP = (MOST_AHEAD * 1000) / 10

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
  /**
   * How often the log was found to be cut: the position that a read began at was no longer there. A clock
   * that is set forward counts too: entries that were read before were limited to the wrong time.
   */
  #cuts = 0
  /** The difference between the clock and `performance.now()`, in milliseconds. */
  #offset = Number.NaN
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

  /** Whether the whole log was read, and nothing is known since then that makes another reading necessary. */
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
    const offset = now * 1000 - performance.now()
    if (offset - this.#offset > LARGEST_STEP) this.#cuts += 1
    this.#offset = offset
    const entries = read.map(({ text }) => readSharedEntry(text, now))
    for (const entry of entries) onEntry(entry)
    this.#position = read.at(-1)?.position ?? before
    onRead(number, read.length === 0)
    // A failover that lost entries may go unnoticed, and new entries may follow the ones that are left.
    const isCut = before !== undefined && read.length > 0 && !(await this.#log.has(before))
    if (isCut) this.#cuts += 1
    return entries
  }

  /** Reads the log from its beginning. Only the page that is read is kept: others may have filled the log. */
  async readAll(onEntry: (entry: RevocationEntry) => void): Promise<void> {
    const cuts = this.#cuts
    this.#position = undefined
    this.#wholeAt = -1
    for (let read = await this.read(); read.length > 0; read = await this.read()) {
      for (const entry of read) {
        if (entry !== undefined) onEntry(entry)
      }
    }
    this.#wholeAt = cuts
  }
}
