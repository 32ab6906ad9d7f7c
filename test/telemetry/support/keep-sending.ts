import type { RunningExample } from './start-example.ts'

/**
 * Sends rounds of traffic, with an outage now and then, until the returned function is called. Rates need
 * several scrapes, and no test knows how many.
 */
export function keepSending(example: RunningExample): () => Promise<void> {
  const stop = new AbortController()
  const sending = (async () => {
    for (let round = 1; !stop.signal.aborted; round += 1) {
      if (round % 5 === 0) await example.outage()
      else await example.traffic.round()
    }
  })()
  return async () => {
    stop.abort()
    await sending
  }
}
