import { randomUUID } from 'node:crypto'
import { UnavailableError } from '../errors/unavailable-error.ts'
import { storeFaultOf } from '../redaction.ts'
import type { Clock } from '../storage/clock.ts'
import { inTime } from '../storage/in-time.ts'
import type { SharedStore } from '../storage/shared-store.ts'
import { FollowedLog } from './followed-log.ts'
import { PendingEntries } from './pending-entries.ts'
import { covers, type RevocationEntry } from './revocation.ts'
import { type CheckedStore, StoreCheck } from './store-check.ts'
import { Waiting } from './waiting.ts'

/** The list that is shared. @internal */
export interface SharedList {
  readonly maxEntries: number
  add(entry: RevocationEntry): void
  find(key: string): RevocationEntry | undefined
  entries(): Iterable<RevocationEntry>
}

/** @internal */
export interface SharedRevocationsOptions {
  readonly store: CheckedStore & Pick<SharedStore, 'log'>
  readonly list: SharedList
  /** The longest life of a token, in seconds. */
  readonly longestTokenLife: number
  readonly clock: Clock
  /** Called when the store stops to answer, and when it answers again. */
  readonly onChange: (away: boolean, detail: string) => void
  /** Called when the store may have lost what it had, until it says that the store has everything. */
  readonly onLost: () => Promise<boolean>
  /** Called once each, when something is wrong that does not stop the sharing. */
  readonly onFault: (detail: string) => void
}

/** How long one read of the log waits for a new entry, in milliseconds. */
const READ_WAIT = 1000
/** The pause after a failure, in milliseconds. */
const PAUSE = 500
/** How many entries are appended at the same time. */
const BATCH = 200
/** The shortest time between two calls that trim the log, in milliseconds. Only who appends trims. */
const TRIM_PAUSE = 60_000
/** The log keeps entries at least this long, in seconds: servers with tokens of different lives may share it. */
const A_DAY = 86_400
/** The log keeps entries longer than the lists do, in seconds, because clocks differ. */
const MARGIN = 900

/**
 * Shares revocations between processes: it appends the revocations of this process to a log, and adds
 * those of the others to the list. So a request never waits for the store.
 *
 * After a failure, it goes on where it stopped. If the store has lost entries, it reads everything again,
 * and appends what this process knows and the store lacks. What was applied here is not lost while this
 * process lives.
 *
 * The store counts as away if it does not answer within 1.5 s, if it has closed the connection, and if it
 * cannot be written to: then no other process can share its revocations either.
 *
 * @internal
 */
export class SharedRevocations {
  readonly #options: SharedRevocationsOptions
  readonly #log: FollowedLog
  readonly #check: StoreCheck
  readonly #pending: PendingEntries
  readonly #stop = new AbortController()
  readonly #waiting = new Waiting(this.#stop.signal)
  readonly #faults = new Set<string>()
  /** When the store was checked, in the milliseconds of `performance.now()`. */
  #checked = Number.NEGATIVE_INFINITY
  /** Whether this process has appended an entry since it trimmed the log. */
  #appended = false
  #trimmed = Number.NEGATIVE_INFINITY
  /** `unknown` until the store has answered, or failed, for the first time. */
  #state: 'unknown' | 'here' | 'away' = 'unknown'
  #failure = 'the shared store has not answered yet'
  /** After a failure: a failover may lose the latest writes. */
  #mayLack = false
  #caughtUp: Promise<void> | undefined
  #isCaughtUp = false

  constructor(options: SharedRevocationsOptions) {
    const { list, store, clock } = options
    this.#options = options
    this.#pending = new PendingEntries(list)
    this.#check = new StoreCheck(store, clock)
    this.#log = new FollowedLog({
      log: store.log('revocations'),
      clock,
      stop: this.#stop.signal,
      onEntry: (entry) => this.#received(entry),
      onRead: (number, atEnd) => this.#pending.afterRead(number, atEnd),
    })
  }

  /** Whether this process knows every revocation that the store has, and the store answers. */
  get isCurrent(): boolean {
    return this.#isCaughtUp && this.#state !== 'away'
  }

  /** Whether the store answers; `undefined` until it was asked, and after `close()`. */
  get answers(): boolean | undefined {
    const isKnown = this.#state !== 'unknown' && !this.#stop.signal.aborted
    return isKnown ? this.#state === 'here' : undefined
  }

  /** Whether the store is known not to answer. */
  get isAway(): boolean {
    return this.#state === 'away'
  }

  /** Whether this process has read every revocation once. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp
  }

  /**
   * Starts to follow the log, and waits until this process has caught up. If the wait ends, it goes on
   * following.
   *
   * @param limit in milliseconds
   * @throws {UnavailableError} `shared_store_failed`
   */
  async caughtUp(limit: number): Promise<void> {
    this.#caughtUp ??= new Promise((resolve) => void this.#follow(resolve))
    if (this.#isCaughtUp) return
    if (this.#stop.signal.aborted) throw this.away()
    await inTime(this.#caughtUp, limit, () => this.away())
  }

  /** The error for a request that cannot be answered without the store. */
  away(): UnavailableError {
    const never = this.#isCaughtUp
      ? ''
      : 'this instance has not read the revocations of the shared store yet: '
    const detail = this.#stop.signal.aborted ? 'the resource server is closed' : this.#failure
    return new UnavailableError('shared_store_failed', `${never}${detail}`)
  }

  /**
   * Appends an entry of the list. If the store does not answer, the entry is appended when it does.
   *
   * @param isNew whether the entry is new in the list. An entry that is not new may still be pending
   * @throws {UnavailableError} `shared_store_failed`
   */
  async publish(entry: RevocationEntry, isNew: boolean): Promise<void> {
    if (isNew) this.#pending.add(entry)
    this.#caughtUp ??= new Promise((resolve) => void this.#follow(resolve))
    const unconfirmed = this.#pending.unconfirmed(entry)
    if (unconfirmed === undefined) return
    try {
      if (this.isAway || this.#stop.signal.aborted) throw this.away()
      await this.#append(unconfirmed)
    } catch (cause) {
      const why = cause instanceof UnavailableError ? cause.message : this.#named(cause)
      const detail = `the revocation counts here, and will be shared when the store answers: ${why}`
      throw new UnavailableError('shared_store_failed', detail, { cause })
    }
  }

  /** Appends an entry soon. Nobody waits for it. */
  appendLater(entry: RevocationEntry): void {
    this.#pending.add(entry)
  }

  close(): void {
    this.#stop.abort()
  }

  async #append(entry: RevocationEntry): Promise<void> {
    const send = () => this.#log.append(entry)
    await this.#pending.append(entry, send, () => this.#log.reads)
    this.#appended = true
  }

  async #follow(caughtUp: () => void): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#catchUp()
        this.#change('here', 'the shared store answers')
        this.#isCaughtUp = true
        caughtUp()
        while (!signal.aborted) {
          await this.#waitForEntries()
          const isDue = performance.now() - this.#checked >= READ_WAIT
          if (isDue || !this.#log.isWhole) await this.#checkStore()
          await this.#appendMissing()
          await this.#trim()
        }
      } catch (error) {
        if (signal.aborted) return
        this.#pending.afterFailure()
        this.#mayLack = true
        this.#change('away', this.#named(error))
        await this.#waiting.wait(PAUSE)
      }
    }
  }

  async #waitForEntries(): Promise<void> {
    const began = performance.now()
    const read = await this.#log.read(READ_WAIT)
    // A store that does not wait must not be asked without a pause.
    const early = read.length === 0 && performance.now() - began < READ_WAIT / 2
    if (early) await this.#waiting.wait(PAUSE)
  }

  /** Reads everything that is new, and appends everything that the store lacks. */
  async #catchUp(): Promise<void> {
    await this.#checkStore()
    while ((await this.#log.read()).length > 0);
    await this.#appendMissing()
  }

  /** Checks that the store has kept the log, and that it can be written to. */
  async #checkStore(): Promise<void> {
    const hasLost = await this.#check.hasLost()
    if (hasLost || !this.#log.isWhole || !(await this.#log.hasPosition())) await this.#readAll()
    this.#check.remember()
    if (hasLost || this.#mayLack) void this.#giveBack()
    this.#checked = performance.now()
    // This read uses the connection for commands. The connection of reads that wait may lead to an old master.
    await this.#log.read()
  }

  async #giveBack(): Promise<void> {
    this.#mayLack = false
    if (!(await this.#options.onLost())) this.#mayLack = true
  }

  async #appendMissing(): Promise<void> {
    const missing = [...this.#pending.missing()]
    // Processes that append the same entries begin with different ones.
    const start = Number.parseInt(randomUUID().slice(0, 8), 16) % Math.max(1, missing.length)
    const inTurn = [...missing.slice(start), ...missing.slice(0, start)]
    for (let at = 0; at < inTurn.length; at += BATCH) {
      await Promise.all(inTurn.slice(at, at + BATCH).map((entry) => this.#append(entry)))
      // What another process has appended need not be appended here.
      await this.#log.read()
    }
  }

  /** Reads the log from its beginning. What it lacks becomes pending. */
  async #readAll(): Promise<void> {
    const lacking = new Map([...this.#options.list.entries()].map((entry) => [entry.key, entry]))
    await this.#log.readAll((entry) => {
      const known = lacking.get(entry.key)
      if (known !== undefined && covers(entry, known)) lacking.delete(entry.key)
    })
    for (const entry of lacking.values()) this.#pending.add(entry)
  }

  #received(entry: RevocationEntry | undefined): void {
    if (entry === undefined) {
      this.#fault('an entry of the shared store is damaged; it was passed over')
      return
    }
    this.#options.list.add(entry)
    this.#pending.readBack(entry)
  }

  async #trim(): Promise<void> {
    const { longestTokenLife } = this.#options
    const now = performance.now()
    if (!this.#appended || now - this.#trimmed < TRIM_PAUSE) return
    this.#trimmed = now
    this.#appended = false
    try {
      await this.#log.trim((Math.max(longestTokenLife, A_DAY) + MARGIN) * 1000)
    } catch (error) {
      this.#fault(`the log of revocations cannot be trimmed, and grows: ${this.#named(error)}`)
    }
  }

  #fault(detail: string): void {
    if (this.#faults.has(detail)) return
    this.#faults.add(detail)
    this.#options.onFault(detail)
  }

  #change(state: 'here' | 'away', detail: string): void {
    const before = this.#state
    this.#state = state
    this.#failure = detail
    if (before === state || (before === 'unknown' && state === 'here')) return
    this.#options.onChange(state === 'away', detail)
  }

  #named(error: unknown): string {
    return `the shared store failed with ${storeFaultOf(error)}`
  }
}
