import { describe, expect, it } from 'vitest'
import { headerValues } from '../../../src/http/header-fields.ts'

describe('headerValues', () => {
  it.each([
    ['a text', { 'x-a': 'one' }, ['one']],
    ['a list', { 'x-a': ['one', 'two'] }, ['one', 'two']],
    ['undefined', { 'x-a': undefined }, []],
    ['another field', { 'x-b': 'one' }, []],
  ])('reads a field of a record: %s', (_what, headers, values) => {
    expect(headerValues(headers, 'x-a')).toEqual(values)
  })

  it('reads a field of a Headers object in any letter case, repeated fields joined by a comma', () => {
    const headers = new Headers([
      ['X-A', 'one'],
      ['x-a', 'two'],
    ])
    expect(headerValues(headers, 'x-a')).toEqual(['one, two'])
    expect(headerValues(headers, 'x-b')).toEqual([])
  })

  it('reads a Headers object of another package, which is no instance of the global class', () => {
    const foreign = { get: (name: string) => (name === 'x-a' ? 'one' : null) }
    expect(headerValues(foreign as unknown as Headers, 'x-a')).toEqual(['one'])
  })
})
