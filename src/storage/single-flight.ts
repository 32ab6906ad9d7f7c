/**
 * Runs one piece of work for all who ask for it at the same time. A caller may leave, by
 * {@link leaveOnAbort}; the work and the other callers go on.
 *
 * @internal
 */
export class SingleFlight<V> {
  readonly #flights = new Map<string, Promise<V>>()

  run(key: string, work: () => Promise<V>): Promise<V> {
    let flight = this.#flights.get(key)
    if (flight === undefined) {
      flight = work().finally(() => this.#flights.delete(key))
      this.#flights.set(key, flight)
    }
    return flight
  }
}

/** Waits for work as long as the signal lets it. The work itself goes on. @internal */
export function leaveOnAbort<V>(work: Promise<V>, signal: AbortSignal): Promise<V> {
  return new Promise<V>((resolve, reject) => {
    const leave = (): void => reject(signal.reason)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
