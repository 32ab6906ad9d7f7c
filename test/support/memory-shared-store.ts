import type { LogEntry, SharedLog, SharedStore } from '../../src/storage/shared-store.ts'

/**
 * A shared store in the memory of the test. Several resource servers of a test share it, as instances
 * share Redis. It can be told to fail, to hang, and to lose everything.
 */
export class MemorySharedStore implements SharedStore {
  /** What every call does: answer, fail, or never answer. */
  state: 'up' | 'down' | 'hanging' = 'up'
  readonly #logs = new Map<string, MemoryLog>()
  readonly #values = new Map<string, { readonly value: string; readonly until: number }>()

  log(name: string): MemoryLog {
    const log = this.#logs.get(name) ?? new MemoryLog(() => this.#answer())
    this.#logs.set(name, log)
    return log
  }

  async add(key: string, value: string, until: number): Promise<boolean> {
    await this.#answer()
    if (this.#values.has(key)) return false
    this.#values.set(key, { value, until })
    return true
  }

  async get(key: string): Promise<string | undefined> {
    await this.#answer()
    return this.#values.get(key)?.value
  }

  async set(key: string, value: string, until: number): Promise<void> {
    await this.#answer()
    this.#values.set(key, { value, until })
  }

  async delete(key: string): Promise<void> {
    await this.#answer()
    this.#values.delete(key)
  }

  close(): void {}

  /** Everything that the store holds, as text. */
  dump(): string {
    const logs = [...this.#logs.values()].flatMap((log) => log.entries)
    return JSON.stringify([logs, ...this.#values])
  }

  /** Loses everything, like a server without persistence that restarts. */
  wipe(): void {
    this.#values.clear()
    for (const log of this.#logs.values()) log.wipe()
  }

  #answer(): Promise<void> {
    if (this.state === 'hanging') return new Promise(() => {})
    if (this.state === 'down') return Promise.reject(new Error('the store is down'))
    return Promise.resolve()
  }
}

class MemoryLog implements SharedLog {
  entries: LogEntry[] = []
  #next = 1
  #waiting: (() => void)[] = []
  readonly #answer: () => Promise<void>

  constructor(answer: () => Promise<void>) {
    this.#answer = answer
  }

  async append(text: string): Promise<string> {
    await this.#answer()
    const position = String(this.#next)
    this.#next += 1
    this.entries.push({ position, text })
    for (const wake of this.#waiting.splice(0)) wake()
    return position
  }

  async read(
    after: string | undefined,
    wait: number,
    signal: AbortSignal,
  ): Promise<readonly LogEntry[]> {
    await this.#answer()
    const later = () => this.entries.filter(({ position }) => Number(position) > Number(after ?? 0))
    if (later().length > 0 || wait === 0) return later()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait)
      const wake = (): void => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiting.push(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
    await this.#answer()
    return later()
  }

  async has(position: string): Promise<boolean> {
    await this.#answer()
    return this.entries.some((entry) => entry.position === position)
  }

  async trim(): Promise<void> {
    await this.#answer()
  }

  wipe(): void {
    this.entries = []
  }
}
