/** Requests that keep coming until they are ended. */
export interface Load<T> {
  /** Resolves when so many more rounds of requests have been answered. */
  rounds(count: number): Promise<void>
  /** Ends it. @returns every answer that there was */
  end(): Promise<Set<T>>
}

/** Sends one round of requests after the other, with a breath between them. */
export function load<T>(round: () => readonly Promise<T>[]): Load<T> {
  const seen = new Set<T>()
  const waiting: { at: number; resolve: () => void; reject: (error: unknown) => void }[] = []
  let done = 0
  let ended = false
  const running = (async () => {
    while (!ended) {
      for (const answer of await Promise.all(round())) seen.add(answer)
      done += 1
      for (const { at, resolve } of waiting) if (done >= at) resolve()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  running.catch((error) => {
    for (const { reject } of waiting) reject(error)
  })
  return {
    rounds: (count) =>
      new Promise((resolve, reject) => {
        waiting.push({ at: done + count, resolve, reject })
      }),
    end: async () => {
      ended = true
      await running
      return seen
    },
  }
}
