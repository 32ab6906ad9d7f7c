/**
 * A number of places, handed out in the order of asking. Whoever gives up waiting leaves the line at
 * once, so that a line of those who have left costs nothing.
 *
 * @internal
 */
export class Slots {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(places: number) {
    this.#free = places
  }

  /**
   * Takes a place; without a promise where one is free.
   *
   * @param signals each of which ends the wait
   * @throws the reason of a signal that comes first
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

  /** Gives a place back: to the next in line, if there is one. */
  give(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#free += 1
    else {
      this.#waiting.delete(next)
      next()
    }
  }
}
