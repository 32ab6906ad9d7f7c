import { describe, expect, it } from 'vitest'
import { placeOfCall, readFirstPlace } from '../../../src/adapters/call-place.ts'
import { describePlaceBriefly } from '../../../src/mcp/policy/rule-place.ts'

describe('the place of a call', () => {
  it('is file, line and column of the caller', () => {
    const called = () => placeOfCall(called)
    expect(called()()).toMatch(/\/call-place\.test\.ts:\d+:\d+$/)
  })

  it('leaves Error.stackTraceLimit as it was', () => {
    const before = Error.stackTraceLimit
    placeOfCall(() => {})
    expect(Error.stackTraceLimit).toBe(before)
  })

  it.each([
    ['    at make (/srv/app/server.ts:12:3)', '/srv/app/server.ts:12:3', 'server.ts'],
    ['    at /srv/app/server.ts:12:3', '/srv/app/server.ts:12:3', 'server.ts'],
    ['    at async /srv/app/server.ts:12:3', '/srv/app/server.ts:12:3', 'server.ts'],
    ['    at make (file:///srv/my%20app/a.js:1:2)', '/srv/my app/a.js:1:2', 'a.js'],
    ['    at make (file:///srv/100%/a.js:1:2)', 'file:///srv/100%/a.js:1:2', 'a.js'],
    ['    at new Notes (/srv/a (b)/c.ts:1:2)', '/srv/a (b)/c.ts:1:2', 'c.ts'],
    ['    at make (C:\\app\\server.ts:12:3)', 'C:\\app\\server.ts:12:3', 'server.ts'],
    [
      '    at make (webpack-internal:///./src/a.ts:7:1)',
      'webpack-internal:///./src/a.ts:7:1',
      'a.ts',
    ],
    ['    at make (native)', '', undefined],
    ['    at make (<anonymous>)', '', undefined],
    ['make@/srv/server.ts:12:3', '', undefined],
    ['', '', undefined],
  ])('is read from "%s"', (line, place, file) => {
    expect(readFirstPlace(`Error\n${line}\n    at later (/srv/b.ts:1:1)`)).toBe(
      line.startsWith('    at') ? place : '/srv/b.ts:1:1',
    )
    if (file !== undefined) expect(describePlaceBriefly(place)).toBe(` (withRule in ${file})`)
  })

  it('is empty where the engine does not tell', () => {
    for (const stack of [undefined, 5, '', 'Error']) expect(readFirstPlace(stack)).toBe('')
    expect(describePlaceBriefly('')).toBe(' (withRule)')
    expect(describePlaceBriefly(undefined)).toBe('')
  })
})
