import { LRUCache } from 'lru-cache'
import type { Clock } from './clock.ts'

/**
 * Entries bounded in number and each in time.
 *
 * @internal
 */
export interface BoundedCache<V extends object> {
  get(key: string): V | undefined
  /** @param until milliseconds since the epoch; an instant that has passed stores nothing. */
  set(key: string, value: V, until: number): void
  delete(key: string): void
  readonly size: number
}

/** Expired entries are swept when one is added, this often at most. */
const SWEEP_INTERVAL = 30_000

/** @internal */
export function createBoundedCache<V extends object>(
  maxEntries: number,
  clock: Clock,
): BoundedCache<V> {
  const entries = new LRUCache<string, V>({
    max: maxEntries,
    // Only a cache told to keep times lets each entry have its own.
    ttl: Number.MAX_SAFE_INTEGER,
    ttlResolution: 0,
    perf: { now: clock },
  })
  let nextSweep = 0
  return {
    get: (key) => entries.get(key),
    set(key, value, until) {
      const now = clock()
      if (now >= nextSweep) {
        entries.purgeStale()
        nextSweep = now + SWEEP_INTERVAL
      }
      const ttl = Math.floor(until - now)
      if (ttl > 0) entries.set(key, value, { ttl })
    },
    delete: (key) => void entries.delete(key),
    get size() {
      return entries.size
    },
  }
}
