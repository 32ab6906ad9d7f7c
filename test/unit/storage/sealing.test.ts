import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readSealingKey, Sealing } from '../../../src/storage/sealing.ts'
import { NOW } from '../../support/tokens.ts'

const KEYS = [randomBytes(32), randomBytes(32), randomBytes(32)] as const
const clock = () => NOW * 1000
const sealing = (...keys: Buffer[]) => new Sealing(keys, clock)
const PURPOSE = 'result'
const TEXT = '{"subject":"alice","größe":"∞"}'

describe('sealed values', () => {
  const one = sealing(KEYS[0])
  const sealed = one.seal(PURPOSE, 'key-1', TEXT)

  it('REV-3: open for the same purpose and store key, and show nothing of the text', () => {
    expect(one.open(PURPOSE, 'key-1', sealed)).toEqual({ text: TEXT })
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('alice')
    expect(one.seal(PURPOSE, 'key-1', TEXT)).not.toBe(sealed)
  })

  it.each([
    ['another store key', (s: string) => one.open(PURPOSE, 'key-2', s)],
    ['another purpose', (s: string) => one.open('session', 'key-1', s)],
    ['another key', (s: string) => sealing(KEYS[1]).open(PURPOSE, 'key-1', s)],
    ['no text', () => one.open(PURPOSE, 'key-1', '')],
    ['text that was never sealed', () => one.open(PURPOSE, 'key-1', TEXT)],
    ['a purpose and key that are split elsewhere', (s: string) => one.open('resultkey-', '1', s)],
  ])('REV-3: do not open with %s', (_what, open) => {
    expect(open(sealed)).toEqual({ fault: expect.any(String) })
  })

  it('REV-3: do not open when any bit was changed, or any end is missing', () => {
    const bytes = Buffer.from(sealed, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const opened = one.open(PURPOSE, 'key-1', changed.toString('base64url'))
      expect(opened, `bit ${bit}`).toEqual({ fault: expect.any(String) })
    }
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length).toString('base64url')
      expect(one.open(PURPOSE, 'key-1', cut)).toEqual({ fault: expect.any(String) })
    }
    const longer = Buffer.concat([bytes, Buffer.of(0)]).toString('base64url')
    expect(one.open(PURPOSE, 'key-1', longer)).toEqual({ fault: expect.any(String) })
  })

  it('the first key seals, and all keys open: a key is replaced while processes run', () => {
    const [old, both, fresh] = [sealing(KEYS[0]), sealing(KEYS[1], KEYS[0]), sealing(KEYS[1])]
    expect(both.open(PURPOSE, 'key-1', old.seal(PURPOSE, 'key-1', TEXT))).toEqual({ text: TEXT })
    const byNew = both.seal(PURPOSE, 'key-1', TEXT)
    expect(fresh.open(PURPOSE, 'key-1', byNew)).toEqual({ text: TEXT })
    expect(old.open(PURPOSE, 'key-1', byNew)).toEqual({
      fault: 'its key is not in `sharedStore.sealingKeys`',
    })
  })

  it('each day has its own key, and values of earlier days open', () => {
    const tomorrow = new Sealing([KEYS[0]], () => (NOW + 86_400) * 1000)
    expect(tomorrow.open(PURPOSE, 'key-1', sealed)).toEqual({ text: TEXT })
    const moved = Buffer.from(sealed, 'base64url')
    // The day stands after the version and the id of the key.
    moved.writeUInt32BE(moved.readUInt32BE(9) + 1, 9)
    expect(one.open(PURPOSE, 'key-1', moved.toString('base64url'))).toEqual({
      fault: expect.any(String),
    })
  })

  it('many different days in the store do not fill the memory, and change nothing', () => {
    const bytes = Buffer.from(sealed, 'base64url')
    for (let day = 0; day < 500; day += 1) {
      bytes.writeUInt32BE(day, 9)
      one.open(PURPOSE, 'key-1', bytes.toString('base64url'))
    }
    expect(one.open(PURPOSE, 'key-1', sealed)).toEqual({ text: TEXT })
  })
})

describe('keys for sealing', () => {
  const key = KEYS[0]

  it.each([
    ['base64', key.toString('base64')],
    ['base64url', key.toString('base64url')],
    ['hexadecimal digits', key.toString('hex')],
    ['upper-case hexadecimal digits', key.toString('hex').toUpperCase()],
  ])('are read from %s', (_how, text) => {
    expect(readSealingKey(text)).toEqual(key)
  })

  it.each([
    ['', 'nothing'],
    [randomBytes(16).toString('base64'), 'a key of 128 bits'],
    [randomBytes(31).toString('base64'), '31 bytes'],
    [randomBytes(33).toString('base64'), '33 bytes'],
    [`${key.toString('base64')}\n`, 'a line end'],
    ['correct horse battery staple', 'a passphrase'],
    ['0'.repeat(64), 'zeros'],
    ['A'.repeat(43), 'a placeholder'],
    ['deadbeef'.repeat(8), 'a repeated word'],
  ])('are refused: %j is %s', (text) => {
    expect(readSealingKey(text)).toBeUndefined()
  })
})
