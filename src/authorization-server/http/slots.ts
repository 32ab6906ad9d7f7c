/**
 * A limited number of slots for concurrent calls, given in the order of the requests. A call that
 * gives up leaves the queue at once.
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
   * Takes a slot. A promise only where none is free.
   *
   * @param signals each of them ends the wait
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

  /** Gives a slot back: to the next call in the queue, if there is one. */
  give(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#free += 1
    else {
      this.#waiting.delete(next)
      next()
    }
  }
}
