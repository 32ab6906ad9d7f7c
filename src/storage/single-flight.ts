import { ChallengeError } from '../errors.ts'

interface Flight<V> {
  readonly result: Promise<V>
  /** Callers that have not left. */
  waiting: number
  /** Absent where the first caller cannot leave. */
  readonly abandoned: AbortController | undefined
}

/**
 * Runs one piece of work for all who ask for it at the same time. A caller may leave; the work and
 * the other callers go on. The work's own signal is aborted when all of its callers have left.
 *
 * @internal
 */
export class SingleFlight<V> {
  readonly #flights = new Map<string, Flight<V>>()

  /** @param signal ends this caller's wait; a caller that has left already starts nothing */
  run(
    key: string,
    work: (abandoned: AbortSignal | undefined) => Promise<V>,
    signal?: AbortSignal | undefined,
  ): Promise<V> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    let flight = this.#flights.get(key)
    if (flight === undefined) {
      const abandoned = signal && new AbortController()
      const result = work(abandoned?.signal).finally(() => this.#flights.delete(key))
      flight = { result, waiting: 0, abandoned }
      this.#flights.set(key, flight)
    } else if (flight.abandoned?.signal.aborted) {
      // Abandoned work may still finish; then its result counts, a refused token included.
      const result = flight.result.catch((error: unknown) => {
        if (error instanceof ChallengeError) throw error
        return this.run(key, work, signal)
      })
      return signal === undefined ? result : leaveOnAbort(result, signal)
    }
    flight.waiting += 1
    if (signal === undefined) return flight.result
    const joined = flight
    return leaveOnAbort(flight.result, signal, () => {
      joined.waiting -= 1
      if (joined.waiting === 0) joined.abandoned?.abort(signal.reason)
    })
  }
}

/** Waits for work as long as the signal lets it. The work itself goes on. @internal */
export function leaveOnAbort<V>(
  work: Promise<V>,
  signal: AbortSignal,
  left?: () => void,
): Promise<V> {
  return new Promise<V>((resolve, reject) => {
    const leave = (): void => {
      reject(signal.reason)
      left?.()
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
