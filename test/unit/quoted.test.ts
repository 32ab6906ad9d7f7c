import { describe, expect, it } from 'vitest'
import { quoted } from '../../src/quoted.ts'

describe('quoted', () => {
  it.each([
    [undefined, 'nothing'],
    ['a "b"', String.raw`"a \"b\""`],
    [['a', 1], '["a",1]'],
    [null, 'null'],
    [() => 1, 'function'],
    [1n, 'bigint'],
  ])('writes %o as JSON, or as the name of its type', (value, text) => {
    expect(quoted(value)).toBe(text)
  })

  it('S1.7: writes one line without control characters', () => {
    expect(quoted('a\r\nb\u007f\u0085\u2028c')).toBe(String.raw`"a\r\nb???c"`)
  })

  it('cuts a text after 120 characters', () => {
    expect(quoted('x'.repeat(500))).toBe(`"${'x'.repeat(119)}…`)
    expect(quoted('x'.repeat(118))).toBe(`"${'x'.repeat(118)}"`)
  })

  it('names the type of a list that is nested too deep to be written', () => {
    let deep: unknown = []
    for (let level = 0; level < 100_000; level += 1) deep = [deep]
    expect(quoted(deep)).toBe('object')
  })
})
