import { describe, expect, it } from 'vitest'
import { type NonceSettings, Nonces } from '../../../src/sender-constraint/nonces.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'

const OLD = 'o'.repeat(32)
const NEW = 'n'.repeat(32)
const LIFETIME = 120

/** At the beginning of a time slot. */
const clockAtSlot = () => createTestClock(LIFETIME * 1000 * 33_000_000)

const make = (settings: Partial<NonceSettings> = {}): Nonces =>
  new Nonces({
    secrets: [NEW],
    lifetime: LIFETIME,
    resource: 'https://mcp.example.com/mcp',
    clock: clockAtSlot(),
    ...settings,
  })

describe('a nonce', () => {
  it('is accepted in its slot, and in the next one as old, and no longer', () => {
    const clock = clockAtSlot()
    const nonces = make({ clock })
    const nonce = nonces.current()
    const until = clock() + 2 * LIFETIME * 1000
    expect(nonces.check(nonce)).toMatchObject({ old: false, until })
    clock.advance(LIFETIME - 0.001)
    expect(nonces.check(nonce)).toMatchObject({ old: false, until })
    expect(nonces.current()).toBe(nonce)
    clock.advance(0.001)
    expect(nonces.check(nonce)).toMatchObject({ old: true, until })
    expect(nonces.current()).not.toBe(nonce)
    clock.advance(LIFETIME - 0.001)
    expect(nonces.check(nonce)).toMatchObject({ old: true, until })
    clock.advance(0.001)
    expect(clock()).toBe(until)
    expect(nonces.check(nonce)).toBeUndefined()
  })

  it('of an instance whose clock is ahead is accepted by the others', () => {
    const clock = clockAtSlot()
    const ahead = createTestClock(clock() + LIFETIME * 1000)
    const nonce = make({ clock: ahead }).current()
    const until = ahead() + 2 * LIFETIME * 1000
    expect(make({ clock }).check(nonce)).toMatchObject({ old: false, until })
    ahead.advance(LIFETIME)
    expect(make({ clock }).check(make({ clock: ahead }).current())).toBeUndefined()
  })

  it('is accepted again after the clock was set back to its time', () => {
    const clock = clockAtSlot()
    const nonces = make({ clock })
    const nonce = nonces.current()
    clock.advance(1000)
    expect(nonces.check(nonce)).toBeUndefined()
    clock.advance(-1000)
    expect(nonces.check(nonce)).toMatchObject({ old: false })
  })

  it('is accepted by every instance with the same secrets, and by no other one', () => {
    const nonce = make().current()
    expect(make().check(nonce)).toBeDefined()
    expect(make({ secrets: [OLD] }).check(nonce)).toBeUndefined()
    expect(make({ secrets: undefined }).check(nonce)).toBeUndefined()
    expect(make({ secrets: undefined }).current()).not.toBe(make({ secrets: undefined }).current())
  })

  it('is accepted for one resource only', () => {
    const nonce = make().current()
    expect(make({ resource: 'https://mcp.example.com/other' }).check(nonce)).toBeUndefined()
  })

  it('of an instance with an earlier release is accepted, so that a release can be rolled out', () => {
    // HMAC-SHA-256 of ["dpop-nonce",120000,33000000,"https://mcp.example.com/mcp"], computed elsewhere.
    const nonce = 'sU7DtUlbJWLI6lYHALVL3qkvCWz4bQlRJZ7JibEQB2g'
    expect(make().check(nonce)).toMatchObject({ old: false })
  })

  it('is refused by an instance with another lifetime', () => {
    expect(make({ lifetime: 60 }).check(make().current())).toBeUndefined()
  })

  it('survives a change of secrets: both are accepted, and the old one is replaced', () => {
    const before = make({ secrets: [OLD] })
    const appended = make({ secrets: [OLD, NEW] })
    const moved = make({ secrets: [NEW, OLD] })
    const after = make({ secrets: [NEW] })
    expect(appended.check(before.current())).toMatchObject({ old: false })
    expect(appended.check(moved.current())).toMatchObject({ old: true })
    expect(moved.check(appended.current())).toMatchObject({ old: true })
    expect(moved.check(moved.current())).toMatchObject({ old: false })
    expect(after.check(moved.current())).toMatchObject({ old: false })
    expect(after.check(before.current())).toBeUndefined()
  })

  it.each([
    '',
    'a',
    'a'.repeat(42),
    'a'.repeat(43),
    'a'.repeat(44),
    'ä'.repeat(43),
    `${'\u{1f600}'.repeat(21)}a`,
    'a'.repeat(8000),
    '__proto__',
    '\0'.repeat(43),
  ])('is not any other text (%#)', (text) => {
    expect(make().check(text)).toBeUndefined()
  })

  it('with one character changed is refused', () => {
    const nonces = make()
    const nonce = nonces.current()
    for (let at = 0; at < nonce.length; at += 1) {
      const other = nonce[at] === 'A' ? 'B' : 'A'
      expect(nonces.check(nonce.slice(0, at) + other + nonce.slice(at + 1))).toBeUndefined()
    }
  })
})
