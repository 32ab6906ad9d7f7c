import { LRUCache } from 'lru-cache'
import type { Clock } from './clock.ts'

/**
 * A cache with a maximum number of entries. Each entry has a deadline.
 *
 * @internal
 */
export interface BoundedCache<V extends object> {
  /** @param now the current time in milliseconds since the epoch, if the caller has just read the clock */
  get(key: string, now?: number): V | undefined
  /** @param until last instant at which the entry counts, in milliseconds since the epoch. If it has passed, nothing is stored. */
  set(key: string, value: V, until: number): void
  delete(key: string): void
  readonly size: number
}

interface Entry<V> {
  readonly value: V
  readonly from: number
  readonly until: number
}

/** Shortest time between two sweeps, in milliseconds. A sweep removes expired entries when one is added. */
const SWEEP_INTERVAL = 30_000

/**
 * Creates a cache in memory. An entry counts from the instant at which it was set until its deadline.
 * So a clock that was set back, or that returns NaN, does not keep an entry alive.
 *
 * @param onEvict called for each entry that expired or was dropped to make room. It is not called for
 * entries that were deleted or replaced. It may use the cache.
 * @internal
 */
export function createBoundedCache<V extends object>(
  maxEntries: number,
  clock: Clock,
  onEvict?: (key: string, value: V) => void,
): BoundedCache<V> {
  const entries = new LRUCache<string, Entry<V>>({
    // `max` would allocate memory for all entries at once. With `maxSize` the memory grows with use.
    maxSize: maxEntries,
    sizeCalculation: () => 1,
    ...(onEvict === undefined
      ? {}
      : {
          // `expire` calls `onEvict` for expired entries.
          disposeAfter: ({ value }, key, reason) => {
            if (reason === 'evict') onEvict(key, value)
          },
        }),
  })
  let lastSweep = 0

  function expire(key: string, { value }: Entry<V>): void {
    entries.delete(key)
    onEvict?.(key, value)
  }

  function sweep(now: number): void {
    const since = now - lastSweep
    if (since >= 0 && since < SWEEP_INTERVAL) return
    lastSweep = now
    const gone: [string, Entry<V>][] = []
    entries.forEach((entry, key) => {
      if (!isLive(entry, now)) gone.push([key, entry])
    })
    for (const [key, entry] of gone) expire(key, entry)
  }

  return {
    get(key, now) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      if (isLive(entry, now ?? clock())) return entry.value
      expire(key, entry)
      return undefined
    },
    set(key, value, until) {
      const now = clock()
      sweep(now)
      if (until > now) entries.set(key, { value, from: now, until })
    },
    delete: (key) => void entries.delete(key),
    get size() {
      return entries.size
    },
  }
}

function isLive({ from, until }: Entry<unknown>, now: number): boolean {
  return now >= from && now <= until
}
