import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { SignatureTurns, type SignatureWays } from '../../../src/jws/signature-turns.ts'

const BYTES = new Uint8Array(1)

/** Turns on a clock that only signatures move; each signature takes `duration` ms where it is verified. */
function scene(duration: number, { holds = true, cost = duration, from = 0 } = {}) {
  let now = from
  const turns = new SignatureTurns(() => now)
  const waiting: (() => void)[] = []
  const ways: SignatureWays = {
    here() {
      now += duration
      return holds
    },
    elsewhere: () =>
      new Promise((resolve) => {
        waiting.push(() => {
          now += duration
          resolve(holds)
        })
      }),
    cost,
  }
  return {
    ways,
    waiting,
    verify: () => turns.verify(ways, BYTES, BYTES),
    spent: () => now,
  }
}

describe('where a signature is verified', () => {
  it('on this thread, until the turn of the event loop has lasted 1 ms', () => {
    const { verify, spent } = scene(0.1)
    const results = Array.from({ length: 64 }, verify)
    expect(results.filter((result) => result === true)).toHaveLength(10)
    expect(spent()).toBeLessThanOrEqual(1.001)
  })

  it('on this thread, if the turn lasts exactly 1 ms, wherever the clock began', () => {
    const { verify } = scene(0.25, { from: 1024 })
    const results = Array.from({ length: 5 }, verify)
    expect(results.slice(0, 4)).toEqual([true, true, true, true])
    expect(results[4]).toBeInstanceOf(Promise)
  })

  it('on this thread: a shorter time teaches the cost, so that more signatures fit into a turn', () => {
    const { ways, verify } = scene(0.125, { cost: 0.25, from: 1024 })
    expect(verify()).toBe(true)
    expect(ways.cost).toBe(0.125)
    ways.cost = 0.0625
    expect(verify()).toBe(true)
    expect(ways.cost).toBe(0.0625)
  })

  it('a burst goes to WebCrypto after that, apart from one signature that waits for the next turn', async () => {
    const { verify, waiting } = scene(0.1)
    const results = Array.from({ length: 64 }, verify)
    expect(waiting).toHaveLength(53)
    for (const done of waiting) done()
    expect(new Set(await Promise.all(results))).toEqual(new Set([true]))
  })

  it('while WebCrypto is busy, one signature in each turn is verified on this thread', async () => {
    const { verify, waiting } = scene(0.1)
    const burst = Array.from({ length: 12 }, verify)
    expect(waiting).toHaveLength(1)
    await burst[10]
    for (let turn = 0; turn < 3; turn += 1) {
      await nextTurn()
      expect(verify()).toBe(true)
      expect(verify()).toBeInstanceOf(Promise)
    }
    for (const done of waiting) done()
  })

  it('one after the other: each is verified on this thread, and the turns go on', async () => {
    const { verify, waiting } = scene(0.1)
    let turnsGone = 0
    const count = () => {
      turnsGone += 1
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    for (let at = 0; at < 100; at += 1) expect(await verify()).toBe(true)
    clearImmediate(timer)
    expect(waiting).toHaveLength(0)
    expect(turnsGone).toBeGreaterThanOrEqual(9)
  })

  it.each([
    [0.31, true],
    [0.3, false],
  ])('a signature of %s ms goes to WebCrypto: %s', (duration, elsewhere) => {
    const { verify } = scene(duration)
    expect(verify() instanceof Promise).toBe(elsewhere)
  })

  it('a key whose cost is unknown begins with WebCrypto, and returns if a valid signature was quick', async () => {
    const { verify, waiting } = scene(0.2, { cost: Number.POSITIVE_INFINITY })
    const first = verify()
    waiting[0]?.()
    expect(await first).toBe(true)
    await nextTurn()
    expect(verify()).toBe(true)
  })

  it('invalid signatures, which can be quick, say nothing about the cost of a key', async () => {
    const { ways, verify, waiting } = scene(0.01, { holds: false, cost: 5 })
    const first = verify()
    waiting[0]?.()
    expect(await first).toBe(false)
    expect(ways.cost).toBe(5)
    ways.cost = 0.2
    await nextTurn()
    expect(verify()).toBe(false)
    expect(ways.cost).toBe(0.2)
  })

  it('WebCrypto verifies if nothing else can', async () => {
    const { ways, waiting } = scene(0.1)
    const turns = new SignatureTurns(() => 0)
    const result = turns.verify({ ...ways, here: undefined }, BYTES, BYTES)
    expect(result).toBeInstanceOf(Promise)
    waiting[0]?.()
    expect(await result).toBe(true)
  })

  it('a failure of WebCrypto reaches the caller, and the next signature is verified as before', async () => {
    const { ways, verify } = scene(0.1, { cost: 1 })
    const broken: SignatureWays = { ...ways, elsewhere: () => Promise.reject(new Error('broken')) }
    const turns = new SignatureTurns(() => 0)
    await expect(turns.verify(broken, BYTES, BYTES)).rejects.toThrow('broken')
    ways.cost = 0.1
    expect([turns.verify(ways, BYTES, BYTES), turns.verify(ways, BYTES, BYTES)]).toEqual([
      true,
      true,
    ])
    expect(verify()).toBe(true)
  })

  it('with fake timers, as users have them in their tests, every signature is verified', async () => {
    vi.useFakeTimers()
    try {
      const { verify, waiting } = scene(0.1)
      const results = Array.from({ length: 64 }, verify)
      for (const done of waiting) done()
      expect(new Set(await Promise.all(results))).toEqual(new Set([true]))
      await nextTurn()
      expect(verify()).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([0, -5, Number.NaN])('a clock that moves by %s teaches no cost', async (duration) => {
    const { ways, verify, waiting } = scene(duration, { cost: 1 })
    const result = verify()
    waiting[0]?.()
    expect(await result).toBe(true)
    expect(ways.cost).toBe(1)
  })
})
