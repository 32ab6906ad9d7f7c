import { describe, expect, it } from 'vitest'
import { soundClock } from '../../../src/storage/clock.ts'
import { MemoryReplayStore } from '../../../src/storage/memory-replay-store.ts'
import { createTestClock, type TestClock } from '../../../src/testing/test-clock.ts'

/** The longest life of an id in these tests, in seconds. */
const LIFE = 600

function makeStore(clock: TestClock, maxIds = 1000, maxIdsPerOwner = maxIds): MemoryReplayStore {
  return new MemoryReplayStore(
    {
      maxIds: [maxIds, 'dpop.maxProofs'],
      maxIdsPerOwner: [maxIdsPerOwner, 'dpop.maxProofsPerSubject'],
      longestLife: LIFE * 1000,
    },
    clock,
  )
}

describe('ids in memory', () => {
  it('RFC9449-6: an id is new once, until its time ends', () => {
    const clock = createTestClock()
    const store = makeStore(clock)
    const until = clock() + 300_000
    expect(store.remember('a', until, 'alice')).toBe(true)
    expect(store.remember('a', until, 'alice')).toBe(false)
    clock.advance(300)
    expect(store.remember('a', until, 'alice')).toBe(false)
  })

  it('RFC9449-6: an id is known for every owner and every `until`', () => {
    const clock = createTestClock()
    const store = makeStore(clock)
    expect(store.remember('a', clock() + 300_000, 'alice')).toBe(true)
    expect(store.remember('a', clock() + 300_000, 'bob')).toBe(false)
    expect(store.remember('a', clock() + 500_000, 'alice')).toBe(false)
    expect(store.remember('a', clock() + 10_000, 'alice')).toBe(false)
  })

  it('gives the memory of ended ids back', () => {
    const clock = createTestClock()
    const store = makeStore(clock)
    for (let id = 0; id < 900; id += 1) {
      store.remember(`a${id}`, clock() + 300_000, 'alice')
      clock.advance(0.1)
    }
    expect(store.size).toBe(900)
    clock.advance(LIFE)
    store.remember('b', clock() + 300_000, 'alice')
    expect(store.size).toBe(1)
  })

  it('RFC9449-6: a full store throws and says when there is room, and drops no id', () => {
    const clock = createTestClock()
    const store = makeStore(clock, 3)
    const until = clock() + 300_000
    for (const id of ['a', 'b', 'c']) store.remember(id, until, id)
    const full = {
      reason: 'replay_store_failed',
      message: 'the memory is full: it holds 3 ids; the limit is 3 (option `dpop.maxProofs`)',
      retryAfter: expect.toSatisfy((after: number) => after >= 300 && after <= 360),
    }
    expect(() => store.remember('d', until, 'd')).toThrow(expect.objectContaining(full))
    for (const id of ['a', 'b', 'c']) expect(store.remember(id, until, id)).toBe(false)
    clock.advance(361)
    expect(store.remember('d', clock() + 300_000, 'd')).toBe(true)
  })

  it('RFC9449-6: one owner with many ids does not shut the others out', () => {
    const clock = createTestClock()
    const store = makeStore(clock, 10, 3)
    for (const id of [1, 2, 3]) store.remember(`a${id}`, clock() + id * 100_000, 'alice')
    expect(() => store.remember('a4', clock() + 300_000, 'alice')).toThrow(
      expect.objectContaining({
        reason: 'replay_store_failed',
        message: expect.stringContaining('option `dpop.maxProofsPerSubject`). Other owners'),
        retryAfter: expect.toSatisfy((after: number) => after >= 100 && after <= 160),
      }),
    )
    expect(store.remember('b', clock() + 300_000, 'bob')).toBe(true)
    clock.advance(170)
    expect(store.remember('a4', clock() + 300_000, 'alice')).toBe(true)
  })
})

describe('a clock that is set back', () => {
  it('RFC9449-6: does not make a stored id new', () => {
    const clock = createTestClock()
    const store = makeStore(clock)
    const until = clock() + 300_000
    store.remember('a', until, 'alice')
    for (const seconds of [-300, 500, -400]) {
      clock.advance(seconds)
      expect(store.remember('a', until, 'alice')).toBe(false)
    }
  })

  it('RFC9449-6: does not make a dropped id new', () => {
    const clock = createTestClock()
    const store = makeStore(clock)
    const until = clock() + 300_000
    store.remember('a', until, 'alice')
    clock.advance(1000)
    store.remember('b', clock() + 300_000, 'alice')
    clock.advance(-1000)
    expect(() => store.remember('a', until, 'alice')).toThrow(/clock was set back.*are forgotten/)
  })

  it('still accepts ids that cannot have been used before', () => {
    const clock = createTestClock()
    const store = makeStore(clock)
    // The clock jumps a year ahead and comes back.
    store.remember('a', clock() + 300_000, 'alice')
    clock.advance(31_536_000)
    store.remember('b', clock() + 300_000, 'alice')
    clock.advance(-31_536_000)
    expect(store.remember('c', clock() + 500_000, 'alice')).toBe(true)
    // The id of the next year does not fill the store meanwhile, and is not accepted then.
    expect(store.size).toBe(1)
    clock.advance(31_536_000)
    expect(() => store.remember('b', clock() + 300_000, 'alice')).toThrow(/forgotten/)
    clock.advance(600)
    expect(store.remember('d', clock() + 300_000, 'alice')).toBe(true)
  })

  it('needs bounded memory for the dropped slots, and refuses every id of them', () => {
    const clock = createTestClock()
    const store = makeStore(clock)
    const used: [string, number][] = []
    for (let id = 0; id < 100; id += 1) {
      clock.advance(10_000 + 1000 * (id % 7))
      used.push([`a${id}`, clock() + 300_000])
      store.remember(`a${id}`, clock() + 300_000, 'alice')
    }
    for (const [id, until] of used.toReversed()) {
      clock.advance((until - 300_000 - clock()) / 1000)
      let result: unknown
      try {
        result = store.remember(id, until, 'alice')
      } catch {
        result = 'refused'
      }
      expect(result).not.toBe(true)
    }
  })

  it('is a 503 of its own if the clock fails', () => {
    const store = makeStore(soundClock(() => Number.NaN) as TestClock)
    expect(() => store.remember('a', 5, 'alice')).toThrow(
      expect.objectContaining({ reason: 'clock_failed' }),
    )
  })
})
