import { describe, expect, it } from 'vitest'
import { isPlausibleTime, isSound, soundClock, timePassed } from '../../../src/storage/clock.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { throwing } from '../../support/throwing.ts'

describe('isPlausibleTime', () => {
  it('accepts milliseconds from 2001 to 2200, and no seconds, microseconds, texts or NaN', () => {
    const now = Date.UTC(2030, 0)
    expect([now, Date.UTC(2001, 0, 2), Date.UTC(2199, 11)].every(isPlausibleTime)).toBe(true)
    const wrong = [now / 1000, now * 1000, String(now), Number.NaN, 0, -now, BigInt(now), undefined]
    expect(wrong.some(isPlausibleTime)).toBe(false)
  })
})

describe('soundClock', () => {
  it('returns the time of the given clock', () => {
    const clock = createTestClock()
    expect(soundClock(clock)()).toBe(clock())
  })

  it('MCP-7: throws clock_failed where the clock gives no time, or throws', () => {
    const failing = throwing(new Error('no time'))
    for (const broken of [() => Number.NaN, () => 'now' as never, failing]) {
      expect(soundClock(broken)).toThrow(expect.objectContaining({ reason: 'clock_failed' }))
    }
  })

  it('leaves a clock alone that it has made', () => {
    const sound = soundClock(createTestClock())
    expect(isSound(sound)).toBe(true)
    expect(soundClock(sound)).toBe(sound)
    expect(isSound(createTestClock())).toBe(false)
  })
})

describe('timePassed', () => {
  it('S1.14: counts the milliseconds that pass, and none while the clock is set back or fails', () => {
    const clock = createTestClock()
    let fails = false
    const passed = timePassed(() => {
      if (fails) throw new Error('no time')
      return clock()
    })
    expect(passed()).toBe(0)
    clock.advance(5)
    expect(passed()).toBe(5000)
    clock.advance(-3600)
    expect(passed()).toBe(5000)
    fails = true
    expect(passed()).toBe(5000)
    fails = false
    clock.advance(2)
    expect(passed()).toBe(7000)
  })
})
