import { describe, expect, it } from 'vitest'
import {
  bounded,
  MOST_AHEAD,
  readSharedEntry,
  writeSharedEntry,
} from '../../../src/revocation/shared-entry.ts'

const NOW = 1_750_000_000.25
const LATEST = NOW + MOST_AHEAD
const KEY = 'k'.repeat(43)
const ALL = 'Az09-_'.padEnd(43, 'e')
const ENTRY = { key: KEY, everything: ALL, issuedUntil: 1_749_999_999, at: 1_749_999_999.5 }

describe('an entry of the log that instances share', () => {
  it('is read as it was written', () => {
    expect(readSharedEntry(writeSharedEntry(ENTRY), NOW)).toEqual(ENTRY)
    const forGood = { ...ENTRY, issuedUntil: undefined }
    expect(readSharedEntry(writeSharedEntry(forGood), NOW)).toEqual(forGood)
    expect(JSON.parse(writeSharedEntry({ ...ENTRY, more: 'x' } as never))).toEqual(ENTRY)
  })

  it.each<[string, object]>([
    ['another member', { ...ENTRY, more: 'x' }],
    ['the time 0', { ...ENTRY, at: 0, issuedUntil: 0 }],
    ['no last second', { ...ENTRY, issuedUntil: undefined }],
  ])('is accepted with %s', (_name, entry) => {
    const { more, ...known } = { more: undefined, ...entry }
    expect(readSharedEntry(JSON.stringify(entry), NOW)).toEqual({
      issuedUntil: undefined,
      ...known,
    })
  })

  const text = (more: object) => JSON.stringify({ ...ENTRY, ...more })
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an object', ENTRY],
    ['no JSON', '{'],
    ['an empty text', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '5'],
    ['no key', text({ key: undefined })],
    ['a key that is too short', text({ key: 'k'.repeat(42) })],
    ['a key that is too long', text({ key: 'k'.repeat(44) })],
    ['a key with another character', text({ key: `${'k'.repeat(42)}+` })],
    ['a line after the key', text({ key: `${KEY}\n` })],
    ['a line before the key', text({ key: `\n${KEY}` })],
    ['a key that is a list', text({ key: [KEY] })],
    ['no key of everything', text({ everything: undefined })],
    ['a wrong key of everything', text({ everything: 'x' })],
    ['no time', text({ at: undefined })],
    ['a time as text', text({ at: '5' })],
    ['a negative time', text({ at: -1 })],
    ['a time without end', text({}).replace('1749999999.5', '1e999')],
    ['a last second as text', text({ issuedUntil: '5' })],
    ['no last second: null', text({ issuedUntil: null })],
    ['a negative last second', text({ issuedUntil: -1 })],
    ['too long a text', text({ more: 'x'.repeat(1024) })],
  ])('S1.13: is ignored if it is damaged: %s', (_name, damaged) => {
    expect(readSharedEntry(damaged, NOW)).toBeUndefined()
  })

  it('S1.13: may have 1024 characters', () => {
    const filled = (length: number) => {
      const empty = text({ more: '' })
      return text({ more: 'x'.repeat(length - empty.length) })
    }
    expect(readSharedEntry(filled(1024), NOW)).toEqual(ENTRY)
    expect(readSharedEntry(filled(1025), NOW)).toBeUndefined()
  })

  it('S1.13: cannot reach further into the future than five minutes', () => {
    expect(MOST_AHEAD).toBe(300)
    const far = { ...ENTRY, at: NOW + 1e6, issuedUntil: NOW + 1e6 }
    const limited = { ...ENTRY, at: LATEST, issuedUntil: Math.floor(LATEST) }
    expect(readSharedEntry(writeSharedEntry(far), NOW)).toEqual(limited)
    expect(bounded(far, NOW)).toEqual(limited)
    const forGood = { ...far, issuedUntil: undefined }
    expect(bounded(forGood, NOW)).toEqual({ ...limited, issuedUntil: undefined })
    const near = { ...ENTRY, at: LATEST - 1, issuedUntil: Math.floor(LATEST) - 1 }
    expect(bounded(near, NOW)).toEqual(near)
  })
})
