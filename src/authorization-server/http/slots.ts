/**
 * Limits the number of concurrent calls. Each call takes a slot and gives it back. Calls that must wait
 * get slots in their order. A call that is aborted leaves the queue at once.
 *
 * @internal
 */
export class Slots {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(size: number) {
    this.#free = size
  }

  /**
   * Takes a slot. Returns a promise only if no slot is free.
   *
   * @param signals the wait ends when any of them is aborted
   * @throws the reason of the first signal that is aborted
   */
  take(...signals: readonly AbortSignal[]): undefined | Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1
      return undefined
    }
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(enter)
        for (const signal of signals) signal.removeEventListener('abort', leave)
      }
      const leave = (): void => {
        end()
        reject(signals.find(({ aborted }) => aborted)?.reason)
      }
      const enter = (): void => {
        end()
        resolve()
      }
      if (signals.some(({ aborted }) => aborted)) leave()
      else {
        for (const signal of signals) signal.addEventListener('abort', leave)
        this.#waiting.add(enter)
      }
    })
  }

  /** Gives a slot back. The next call in the queue gets it. */
  give(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#free += 1
    else {
      this.#waiting.delete(next)
      next()
    }
  }
}
