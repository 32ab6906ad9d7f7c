import { describe, expect, it } from 'vitest'
import { isObject, ownMember } from '../../src/json-object.ts'

describe('isObject', () => {
  it('accepts objects alone: no list, no null, no text, no number', () => {
    expect([{}, { a: 1 }, Object.create(null)].map(isObject)).toEqual([true, true, true])
    expect([[], null, undefined, 'a', 1, true].some(isObject)).toBe(false)
  })
})

describe('ownMember', () => {
  it('reads the members that an object has itself', () => {
    expect(ownMember({ a: 1 }, 'a')).toBe(1)
    expect(ownMember(JSON.parse('{"__proto__":1}'), '__proto__')).toBe(1)
  })

  it.each(['constructor', 'toString', '__proto__', 'b'])(
    'finds no inherited member: %s',
    (name) => {
      expect(ownMember({ a: 1 }, name)).toBeUndefined()
    },
  )

  it.each([[['a']], ['length'], [null], [undefined]])(
    'finds nothing in %j, which is no object',
    (value) => {
      expect(ownMember(value, 'length')).toBeUndefined()
    },
  )
})
