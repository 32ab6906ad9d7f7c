import type { LogEntry, SharedLog, SharedStore } from '../../src/storage/shared-store.ts'

/**
 * What a call does.
 *
 * - `up`: it answers.
 * - `down`: it fails at once, as a closed connection does.
 * - `hanging`: it never answers, and has no effect.
 * - `answers_lost`: it has its effect, and never answers.
 * - `full`, `read_only`: reads answer, and writes fail.
 */
export type StoreState = 'up' | 'down' | 'hanging' | 'answers_lost' | 'full' | 'read_only'

const never = new Promise<never>(() => {})

/**
 * A shared store in the memory of the test. Several resource servers of a test share it, as instances
 * share Redis. It can be told to fail, to hang, and to lose what it has.
 */
export class MemorySharedStore implements SharedStore {
  /** What every call does, over all connections. */
  state: StoreState = 'up'
  /** How long every answer takes, in milliseconds. */
  delay = 0
  /** Every entry is appended twice, as after a retry of a client. */
  twice = false
  /** Most entries of one read. */
  readLimit = 1000
  /** The time of the store, in milliseconds, for entries that are trimmed by their age. */
  clock: () => number = () => 0
  readonly #data = { logs: new Map<string, LogData>(), values: new Map<string, Value>() }
  readonly #own = this.connect()

  /** A connection of its own, which can be cut off while the others go on. */
  connect(): StoreConnection {
    return new StoreConnection(this, this.#data)
  }

  log(name: string): SharedLog {
    return this.#own.log(name)
  }

  add(key: string, value: string, until: number): Promise<boolean> {
    return this.#own.add(key, value, until)
  }

  get(key: string): Promise<string | undefined> {
    return this.#own.get(key)
  }

  set(key: string, value: string, until: number): Promise<void> {
    return this.#own.set(key, value, until)
  }

  delete(key: string): Promise<void> {
    return this.#own.delete(key)
  }

  close(): void {}

  /** The texts of a log. */
  texts(name: string): readonly string[] {
    return logOf(this.#data.logs, name).entries.map(({ text }) => text)
  }

  /** Everything that the store holds, as text. */
  dump(): string {
    const logs = [...this.#data.logs.values()].flatMap(({ entries }) => entries)
    return JSON.stringify([logs, ...this.#data.values])
  }

  /**
   * Loses everything, like a server without persistence that restarts.
   *
   * @param backwards the positions begin again, as if the clock of the server had been set back
   */
  wipe(backwards = false): void {
    this.#data.values.clear()
    for (const log of this.#data.logs.values()) {
      log.entries = []
      log.life += 1
      if (backwards) log.next = 1
    }
  }

  /** Loses the last entries, like a failover to a replica that was behind. */
  lose(count: number): void {
    for (const log of this.#data.logs.values()) {
      log.entries = log.entries.slice(0, Math.max(0, log.entries.length - count))
      log.life += 1
    }
  }
}

interface Value {
  readonly value: string
  readonly until: number
}

interface LogData {
  entries: (LogEntry & { readonly number: number; readonly time: number })[]
  next: number
  /** Grows when entries are lost, so that no position is used twice. */
  life: number
  waiting: (() => void)[]
}

function logOf(logs: Map<string, LogData>, name: string): LogData {
  const log = logs.get(name) ?? { entries: [], next: 1, life: 1, waiting: [] }
  logs.set(name, log)
  return log
}

/** The store, as one instance reaches it. */
export class StoreConnection implements SharedStore {
  /** What the calls over this connection do. */
  state: StoreState = 'up'
  readonly #store: MemorySharedStore
  readonly #logs: Map<string, LogData>
  readonly #values: Map<string, Value>

  constructor(
    store: MemorySharedStore,
    { logs, values }: { logs: Map<string, LogData>; values: Map<string, Value> },
  ) {
    this.#store = store
    this.#logs = logs
    this.#values = values
  }

  log(name: string): SharedLog {
    const log = logOf(this.#logs, name)
    return {
      append: (text) => this.#call(true, () => this.#append(log, text)),
      read: (after, wait, signal) => this.#read(log, after, wait, signal),
      has: (at) => this.#call(false, () => log.entries.some(({ position }) => position === at)),
      trim: (keep) =>
        this.#call(true, () => {
          const newest = log.entries.at(-1)?.time ?? 0
          log.entries = log.entries.filter(({ time }) => time >= newest - keep)
        }),
    }
  }

  add(key: string, value: string, until: number): Promise<boolean> {
    return this.#call(true, () => {
      if (this.#values.has(key)) return false
      this.#values.set(key, { value, until })
      return true
    })
  }

  get(key: string): Promise<string | undefined> {
    return this.#call(false, () => this.#values.get(key)?.value)
  }

  set(key: string, value: string, until: number): Promise<void> {
    return this.#call(true, () => void this.#values.set(key, { value, until }))
  }

  delete(key: string): Promise<void> {
    return this.#call(true, () => void this.#values.delete(key))
  }

  close(): void {}

  async #call<V>(writes: boolean, work: () => V): Promise<V> {
    const { delay } = this.#store
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    for (const { state } of [this, this.#store]) {
      if (state === 'hanging') return never
      if (state === 'down') throw new Error('the store is down')
      if (writes && state === 'full') throw new Error('OOM command not allowed')
      if (writes && state === 'read_only') throw new Error('READONLY replica')
    }
    const result = work()
    const lost = [this, this.#store].some(({ state }) => state === 'answers_lost')
    return lost ? never : result
  }

  #append(log: LogData, text: string): string {
    const number = log.next
    log.next += 1
    const position = `${number}-${log.life}`
    log.entries.push({ position, text, number, time: this.#store.clock() })
    if (this.#store.twice) {
      log.next += 1
      const again = `${number + 1}-${log.life}`
      log.entries.push({ position: again, text, number: number + 1, time: this.#store.clock() })
    }
    for (const wake of log.waiting.splice(0)) wake()
    return position
  }

  async #read(
    log: LogData,
    after: string | undefined,
    wait: number,
    signal: AbortSignal,
  ): Promise<readonly LogEntry[]> {
    const last = Number(after?.split('-')[0] ?? 0)
    const later = () =>
      log.entries
        .filter(({ number }) => number > last)
        .slice(0, this.#store.readLimit)
        .map(({ position, text }) => ({ position, text }))
    const found = await this.#call(false, later)
    if (found.length > 0 || wait === 0) return found
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(wake, wait)
      log.waiting.push(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
    return signal.aborted ? [] : this.#call(false, later)
  }
}
