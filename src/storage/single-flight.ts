/**
 * Runs one piece of work for all who ask for it at the same time.
 *
 * A caller may leave by its signal; the work and the other callers go on.
 *
 * @internal
 */
export class SingleFlight<V> {
  readonly #flights = new Map<string, Promise<V>>()

  run(key: string, work: () => Promise<V>, signal?: AbortSignal): Promise<V> {
    let flight = this.#flights.get(key)
    if (flight === undefined) {
      flight = work().finally(() => this.#flights.delete(key))
      this.#flights.set(key, flight)
    }
    return signal === undefined ? flight : leaveOnAbort(flight, signal)
  }
}

/** @internal */
export function leaveOnAbort<V>(work: Promise<V>, signal: AbortSignal): Promise<V> {
  return new Promise<V>((resolve, reject) => {
    const leave = (): void => reject(signal.reason)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
