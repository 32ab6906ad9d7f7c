import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BackgroundSources } from '../../../src/revocation/background-sources.ts'
import { RepeatedAttempt } from '../../../src/revocation/repeated-attempt.ts'
import { backOff, jittered, Waiting } from '../../../src/revocation/waiting.ts'

const atRandom = (value: number) => vi.spyOn(Math, 'random').mockReturnValue(value)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a pause', () => {
  it('differs by up to a tenth, so that instances do not act together', () => {
    for (const [random, expected] of [
      [0, 900],
      [0.5, 1000],
      [0.75, 1050],
    ] as const) {
      atRandom(random)
      expect(jittered(1000)).toBeCloseTo(expected, 6)
    }
  })

  it.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [5, 16_000],
    [6, 30_000],
    [40, 30_000],
    [5000, 30_000],
  ])('is doubled after each failure, up to the longest: after %d', (failures, expected) => {
    atRandom(0.5)
    expect(backOff(failures, 1000, 30_000)).toBeCloseTo(expected, 6)
    // The number of doublings is bounded, so that the pause stays a number.
    expect(backOff(failures, 1000, Number.MAX_VALUE)).toBeLessThanOrEqual(1000 * 2 ** 30)
  })
})

describe('a wait', () => {
  /** Whether a wait of a second has ended: at once, just before its time, and at its time. */
  async function ended(act: (waiting: Waiting, stop: AbortController) => void): Promise<boolean> {
    const stop = new AbortController()
    const waiting = new Waiting(stop.signal)
    let isOver = false
    void waiting.wait(1000).then(() => {
      isOver = true
    })
    act(waiting, stop)
    await vi.advanceTimersByTimeAsync(999)
    return isOver
  }

  it('lasts until its time is over', async () => {
    expect(await ended(() => {})).toBe(false)
    const waiting = new Waiting(new AbortController().signal)
    let isOver = false
    void waiting.wait(1000).then(() => {
      isOver = true
    })
    await vi.advanceTimersByTimeAsync(1000)
    expect(isOver).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends early when it is told so, and when its signal is aborted', async () => {
    expect(await ended((waiting) => waiting.end())).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
    expect(await ended((_waiting, stop) => stop.abort())).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends at once after its signal was aborted, without a timer', async () => {
    const stop = new AbortController()
    stop.abort()
    await new Waiting(stop.signal).wait(1000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that is over leaves nothing that could end the next one', async () => {
    const stop = new AbortController()
    const listeners = { added: 0, removed: 0 }
    vi.spyOn(stop.signal, 'addEventListener').mockImplementation(() => void listeners.added++)
    vi.spyOn(stop.signal, 'removeEventListener').mockImplementation(() => void listeners.removed++)
    const waiting = new Waiting(stop.signal)
    waiting.end()
    for (const _twice of [1, 2]) {
      const wait = waiting.wait(1000)
      await vi.advanceTimersByTimeAsync(1000)
      await wait
    }
    waiting.end()
    expect(listeners).toEqual({ added: 2, removed: 2 })
  })
})

describe('an attempt that is repeated in the background', () => {
  const PAUSES = { interval: 10_000, firstPause: 1000, longestPause: 4000, leastPause: 500 }

  /** The times of the attempts, in milliseconds. Those in `failing` fail. */
  function attempts(failing: readonly number[], pauses: object = {}) {
    atRandom(0.5)
    const begun = Date.now()
    const times: number[] = []
    const repeated = new RepeatedAttempt({
      ...PAUSES,
      ...pauses,
      attempt: async () => {
        times.push(Date.now() - begun)
        if (failing.includes(times.length)) throw new Error(`failure ${times.length}`)
      },
      closed: () => new Error('closed'),
    })
    return { repeated, times }
  }

  it('comes at an interval, and after failures with growing pauses', async () => {
    const { repeated, times } = attempts([2, 3, 4, 5])
    repeated.start()
    repeated.start()
    await vi.advanceTimersByTimeAsync(40_000)
    repeated.close()
    expect(times).toEqual([0, 10_000, 11_000, 13_000, 17_000, 21_000, 31_000])
    await vi.advanceTimersByTimeAsync(40_000)
    expect(times).toHaveLength(7)
  })

  it('comes soon when it is asked for, but not at once', async () => {
    const { repeated, times } = attempts([])
    repeated.start()
    await vi.advanceTimersByTimeAsync(3000)
    repeated.soon()
    repeated.soon()
    await vi.advanceTimersByTimeAsync(499)
    expect(times).toEqual([0])
    await vi.advanceTimersByTimeAsync(1)
    expect(times).toEqual([0, 3500])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(times).toEqual([0, 3500, 13_500])
    repeated.close()
  })

  it('ready() waits for the first attempt, and for the next one after a failure', async () => {
    const { repeated, times } = attempts([1])
    await expect(repeated.ready()).rejects.toThrow('failure 1')
    await expect(repeated.ready()).resolves.toBeUndefined()
    expect(times).toHaveLength(2)
    await expect(repeated.ready()).resolves.toBeUndefined()
    expect(times).toHaveLength(2)
    repeated.close()
    expect(repeated.signal.aborted).toBe(true)
    await expect(repeated.ready()).rejects.toThrow('closed')
  })

  it('does not begin after close()', async () => {
    const { repeated, times } = attempts([])
    repeated.close()
    repeated.start()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(times).toEqual([])
  })
})

describe('the sources of a resource server', () => {
  it('begin once, are awaited all, and are closed all', async () => {
    const calls: string[] = []
    const sources = new BackgroundSources()
    for (const name of ['a', 'b']) {
      sources.add({
        start: () => void calls.push(`start ${name}`),
        ready: async () => void calls.push(`ready ${name}`),
        close: () => void calls.push(`close ${name}`),
      })
    }
    sources.start()
    sources.start()
    await sources.ready()
    sources.close()
    const each = ['start', 'ready', 'close'].flatMap((what) => [`${what} a`, `${what} b`])
    expect(calls).toEqual(each)
    calls.length = 0
    const late = new BackgroundSources()
    late.add({
      start: () => void calls.push('start'),
      ready: () => Promise.reject(new Error('away')),
      close: () => {},
    })
    await expect(late.ready()).rejects.toThrow('away')
    expect(calls).toEqual(['start'])
  })
})
