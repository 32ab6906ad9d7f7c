import { ChallengeError } from '../errors/challenge-error.ts'

interface Flight<V> {
  readonly result: Promise<V>
  /** How many callers still wait. */
  waiting: number
  /** Aborts the work. `undefined` if the first caller has no signal: then the work always runs to its end. */
  readonly abandoned: AbortController | undefined
}

/**
 * Runs a piece of work once for all callers that ask for it at the same time. A caller can stop
 * waiting; the work then continues for the others. When no caller waits any more, the work's signal is
 * aborted.
 *
 * @internal
 */
export class SingleFlight<V> {
  readonly #flights = new Map<string, Flight<V>>()

  /**
   * @param work may throw instead of returning a promise. Then there is nothing to share, and this throws too.
   * @param signal ends this caller's wait. If it is aborted already, no work is started.
   */
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
      // The aborted work may still finish. Then its result counts, also if it refuses the token.
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

/** Waits for work until the signal is aborted. The work itself continues. @internal */
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
