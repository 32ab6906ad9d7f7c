import { LRUCache } from 'lru-cache'
import type { Clock } from './clock.ts'

/**
 * Entries bounded in number and each in time.
 *
 * @internal
 */
export interface BoundedCache<V extends object> {
  get(key: string): V | undefined
  /** @param until milliseconds since the epoch: the entry's last instant; nothing is stored once it has passed */
  set(key: string, value: V, until: number): void
  delete(key: string): void
  readonly size: number
}

interface Entry<V> {
  readonly value: V
  readonly from: number
  readonly until: number
}

/** Milliseconds. Expired entries are swept when one is added, this often at most. */
const SWEEP_INTERVAL = 30_000

/**
 * An entry counts from the instant at which it was set to the one it was given. Outside of that it is
 * gone: a clock that was set back keeps nothing alive, nor does one that gives no number.
 *
 * @param onEvict told of entries that expired or made room for others; not of those that were
 * deleted or replaced. It may use the cache.
 * @internal
 */
export function createBoundedCache<V extends object>(
  maxEntries: number,
  clock: Clock,
  onEvict?: (key: string, value: V) => void,
): BoundedCache<V> {
  const entries = new LRUCache<string, Entry<V>>({
    // `max` would take the memory for that many entries at once; this bound fills as it is used.
    maxSize: maxEntries,
    sizeCalculation: () => 1,
    ...(onEvict === undefined
      ? {}
      : {
          // Those that expired are deleted below.
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
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      if (isLive(entry, clock())) return entry.value
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
