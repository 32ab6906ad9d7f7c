import { LRUCache } from 'lru-cache'
import { describe, expect, it, vi } from 'vitest'
import { createBoundedCache } from '../../../src/storage/bounded-cache.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'

function cacheOf(maxEntries = 3) {
  const clock = createTestClock()
  const evicted: string[] = []
  const cache = createBoundedCache<{ of: string }>(maxEntries, clock, (key, { of }) => {
    evicted.push(`${key}:${of}`)
  })
  const keep = (key: string, seconds = 60) => cache.set(key, { of: key }, clock() + seconds * 1000)
  return { clock, evicted, cache, keep }
}

describe('the bound in number', () => {
  it('S1.4: the entry that was unused for longest goes first', () => {
    const { cache, keep } = cacheOf()
    for (const key of ['a', 'b', 'c']) keep(key)
    cache.get('a')
    keep('d')
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.get(key))).toEqual(['a', 'c', 'd'])
  })

  it('S1.4: holds through a hundred thousand entries', () => {
    const { cache, keep, evicted } = cacheOf(100)
    for (let at = 0; at < 100_000; at += 1) keep(String(at))
    expect(cache.size).toBe(100)
    expect(evicted).toHaveLength(99_900)
    expect(cache.get('99900')).toEqual({ of: '99900' })
    expect(cache.get('99899')).toBeUndefined()
  })

  it('an empty cache has not allocated memory for its maximum', () => {
    const lengths: unknown[] = []
    const from = vi.spyOn(Array, 'from').mockImplementation(((source: ArrayLike<unknown>) => {
      lengths.push(source.length)
      return []
    }) as never)
    try {
      createBoundedCache(1_000_000, () => 0)
      // The library does so for `max`.
      new LRUCache({ max: 1_000_000 })
    } catch {
    } finally {
      from.mockRestore()
    }
    expect(lengths).toEqual([0, 0, 1_000_000, 1_000_000])
  })
})

describe('the bound in time', () => {
  it('RFC7662-4: an entry ends at its instant', () => {
    const { cache, clock, keep } = cacheOf()
    keep('a', 60)
    clock.advance(60)
    expect(cache.get('a')).toEqual({ of: 'a' })
    clock.advance(0.001)
    expect(cache.get('a')).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  it('RFC7662-4: an entry from the future is gone: the clock was set back', () => {
    const { cache, clock, keep } = cacheOf()
    keep('a', 60)
    clock.advance(-0.001)
    expect(cache.get('a')).toBeUndefined()
    clock.advance(1)
    expect(cache.get('a')).toBeUndefined()
  })

  it.each([Number.NaN, undefined, 'soon', {}, Promise.resolve(0), Symbol.iterator])(
    'RFC7662-4: by a clock that says %o there is no entry',
    (now) => {
      let time: unknown = 1e12
      const cache = createBoundedCache<object>(3, () => time as number)
      cache.set('a', {}, 1e12 + 1000)
      time = now
      let kept: unknown
      try {
        kept = cache.get('a')
        cache.set('b', {}, Number.NaN)
        cache.set('b', {}, Number.MAX_VALUE)
      } catch {}
      expect(kept).toBeUndefined()
      time = 1e12
      expect(cache.get('b')).toBeUndefined()
    },
  )

  it('S1.4: expired entries are removed when an entry is added, also after the clock was set back', () => {
    const { cache, clock, keep } = cacheOf(100)
    for (let at = 0; at < 50; at += 1) keep(String(at), 10)
    clock.advance(31)
    keep('late')
    expect(cache.size).toBe(1)
    clock.advance(-3600)
    keep('early')
    expect(cache.size).toBe(1)
  })
})

describe('onEvict', () => {
  it('is called for an entry that made room, and for one that expired', () => {
    const { cache, clock, keep, evicted } = cacheOf(2)
    for (const key of ['a', 'b', 'c']) keep(key)
    expect(evicted).toEqual(['a:a'])
    clock.advance(61)
    cache.get('b')
    expect(evicted).toEqual(['a:a', 'b:b'])
    keep('d')
    expect(evicted).toEqual(['a:a', 'b:b', 'c:c'])
  })

  it('is not called for an entry that was deleted or replaced', () => {
    const { cache, clock, keep, evicted } = cacheOf()
    keep('a')
    keep('b')
    cache.delete('a')
    cache.set('b', { of: 'another' }, clock() + 1000)
    expect(evicted).toEqual([])
  })

  it('may use the cache', () => {
    const clock = createTestClock()
    const cache = createBoundedCache<object>(1, clock, (key) => cache.delete(key))
    for (const key of ['a', 'b', 'c']) cache.set(key, {}, clock() + 1000)
    expect(cache.size).toBe(1)
    expect(cache.get('c')).toBeDefined()
  })
})
