/**
 * Waits that can be ended early. Its timers do not keep the process running.
 *
 * @internal
 */
export class Waiting {
  readonly #signal: AbortSignal
  #end: (() => void) | undefined

  /** @param signal ends every wait */
  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  wait(milliseconds: number): Promise<void> {
    if (this.#signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#signal.removeEventListener('abort', end)
        this.#end = undefined
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      timer.unref()
      this.#signal.addEventListener('abort', end)
      this.#end = end
    })
  }

  /** Ends the present wait. */
  end(): void {
    this.#end?.()
  }
}

/** A time that differs from the given one by up to a tenth, so that instances do not act together. @internal */
export function jittered(milliseconds: number): number {
  return milliseconds * (0.9 + Math.random() * 0.2)
}

/** The pause after a number of failures in a row: doubled each time, up to a maximum. @internal */
export function backOff(failures: number, first: number, longest: number): number {
  return jittered(Math.min(first * 2 ** Math.min(failures - 1, 30), longest))
}
