import { UnavailableError } from '../errors/unavailable-error.ts'
import { isObject } from '../json-object.ts'
import { nameOf } from '../redaction.ts'
import { inTime } from '../storage/in-time.ts'
import type { LogEntry, SharedLog } from '../storage/shared-store.ts'
import type { RevocationEntry } from './revocation.ts'

/** @internal */
export interface SharedRevocationsOptions {
  readonly log: SharedLog
  /** Adds an entry of another process to the list. */
  readonly add: (entry: RevocationEntry) => void
  /** The entries of the list, for a store that has lost them. */
  readonly entries: () => Iterable<RevocationEntry>
  /** Called when the store stops or starts to answer. */
  readonly onChange: (available: boolean, detail: string) => void
}

/** How long one read of the log waits for a new entry, in milliseconds. */
const READ_WAIT = 1000
/** How long the store may take for an answer, in milliseconds. */
const ANSWER_WAIT = 2000
/** The pause after a failure, in milliseconds. */
const PAUSE = 500

/**
 * Shares revocations between processes: it appends the revocations of this process to a log, and adds
 * those of the others to the list. So a request never waits for the store.
 *
 * After a failure, it goes on where it stopped. If the store has lost its entries, it appends those that
 * this process knows.
 *
 * @internal
 */
export class SharedRevocations {
  readonly #options: SharedRevocationsOptions
  /** Entries that the store does not have yet. */
  readonly #pending = new Map<string, RevocationEntry>()
  readonly #stop = new AbortController()
  #position: string | undefined
  #available = false
  #away = false
  #caughtUp: Promise<void> | undefined
  #isCaughtUp = false

  constructor(options: SharedRevocationsOptions) {
    this.#options = options
  }

  /** Whether the store answered lately. */
  get available(): boolean {
    return this.#available
  }

  /** Whether the store is known not to answer. */
  get isAway(): boolean {
    return this.#away
  }

  /** Whether this process has read every revocation once. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp
  }

  /** Starts to follow the log. The promise resolves when this process has caught up. */
  start(): Promise<void> {
    this.#caughtUp ??= new Promise((resolve) => void this.#follow(resolve))
    return this.#caughtUp
  }

  /**
   * Appends an entry. If the store does not answer, the entry is appended when it does.
   *
   * @throws {UnavailableError} `shared_store_failed`
   */
  async publish(entry: RevocationEntry): Promise<void> {
    this.#pending.set(entry.key, entry)
    try {
      await this.#append(entry)
    } catch (cause) {
      const detail = `the revocation counts here, and will be shared when the store answers: ${nameOf(cause)}`
      throw new UnavailableError('shared_store_failed', detail, { cause })
    }
  }

  close(): void {
    this.#stop.abort()
  }

  async #append(entry: RevocationEntry): Promise<void> {
    await answered(this.#options.log.append(JSON.stringify(entry)))
    if (this.#pending.get(entry.key) === entry) this.#pending.delete(entry.key)
  }

  async #follow(caughtUp: () => void): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#resume()
        this.#change(true, 'the shared store answers')
        this.#isCaughtUp = true
        caughtUp()
        while (!signal.aborted) {
          for (const entry of [...this.#pending.values()]) await this.#append(entry)
          await this.#read(READ_WAIT)
        }
      } catch (error) {
        if (signal.aborted) return
        this.#change(false, `the shared store failed with ${nameOf(error)}`)
        await pause(PAUSE, signal)
      }
    }
  }

  /** Goes on at the last position, or reads everything if the store no longer has it. */
  async #resume(): Promise<void> {
    const { log, entries } = this.#options
    const position = this.#position
    if (position !== undefined && (await answered(log.has(position)))) return
    this.#position = undefined
    const found = new Set<string>()
    for (let read = await this.#read(0); read.length > 0; read = await this.#read(0)) {
      for (const { key } of read) found.add(key)
    }
    if (position === undefined) return
    for (const entry of entries()) if (!found.has(entry.key)) this.#pending.set(entry.key, entry)
  }

  async #read(wait: number): Promise<readonly RevocationEntry[]> {
    const { log, add } = this.#options
    const read = await answered(log.read(this.#position, wait, this.#stop.signal), wait)
    this.#position = read.at(-1)?.position ?? this.#position
    const entries = read.map(readEntry).filter((entry) => entry !== undefined)
    for (const entry of entries) add(entry)
    return entries
  }

  #change(available: boolean, detail: string): void {
    this.#away = !available
    if (this.#available === available) return
    this.#available = available
    this.#options.onChange(available, detail)
  }
}

function answered<V>(work: Promise<V>, more = 0): Promise<V> {
  return inTime(
    work,
    ANSWER_WAIT + more,
    () => new Error(`no answer of the shared store within ${ANSWER_WAIT} ms`),
  )
}

/** Reads an entry of the log. An entry that cannot be read is passed over. */
function readEntry({ text }: LogEntry): RevocationEntry | undefined {
  try {
    const entry: unknown = JSON.parse(text)
    if (!isObject(entry)) return undefined
    const { key, everything, issuedUntil, at } = entry
    if (typeof key !== 'string' || typeof everything !== 'string') return undefined
    if (typeof at !== 'number') return undefined
    if (issuedUntil !== undefined && typeof issuedUntil !== 'number') return undefined
    return { key, everything, issuedUntil, at }
  } catch {
    return undefined
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    timer.unref()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
