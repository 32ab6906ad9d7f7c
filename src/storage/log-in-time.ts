import { StoreError } from '../errors/store-error.ts'
import { inTime } from './in-time.ts'
import { linkedAbort } from './linked-abort.ts'
import type { LogEntry, SharedLog } from './shared-store.ts'

/** How long a store may take for an answer, in milliseconds. @internal */
export const ANSWER_WAIT = 1500

/** Waits for the answer of a shared store, at most 1.5 s. @internal */
export function answered<V>(work: Promise<V>, wait = 0): Promise<V> {
  const limit = ANSWER_WAIT + wait
  return inTime(work, limit, () => new StoreTooSlow(limit))
}

/** A shared store did not answer in time. @internal */
export class StoreTooSlow extends StoreError {
  override readonly name = 'StoreTooSlow'

  constructor(limit: number) {
    super(`no answer within ${limit} ms`)
  }
}

/**
 * A shared log whose calls end in time, also if the store hangs. A read that takes too long is aborted, so
 * that the store can give up its connection.
 *
 * @internal
 */
export class LogInTime {
  readonly #log: SharedLog

  constructor(log: SharedLog) {
    this.#log = log
  }

  append(text: string): Promise<string> {
    return answered(this.#log.append(text))
  }

  has(position: string): Promise<boolean> {
    return answered(this.#log.has(position))
  }

  trim(keep: number): Promise<void> {
    return answered(this.#log.trim(keep))
  }

  read(after: string | undefined, wait: number, stop: AbortSignal): Promise<readonly LogEntry[]> {
    return linkedAbort(stop, async (ends) => {
      try {
        return await answered(this.#log.read(after, wait, ends.signal), wait)
      } catch (error) {
        ends.abort(error)
        throw error
      }
    })
  }
}
