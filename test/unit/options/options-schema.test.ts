import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { optionsSchema, optionsShape } from '../../../src/options/options-schema.ts'
import { readOptions } from '../../../src/options/read-options.ts'
import { asGiven, callable, flag, number, text, texts } from '../../../src/options/schema-parts.ts'

interface Options {
  readonly name: string
  readonly wait?: number
  readonly list?: readonly string[]
  readonly mode?: 'a' | 'b'
}

const shape = {
  name: text('a name'),
  wait: number(0, 60, 'seconds').default(5),
  list: texts.optional(),
  mode: z.enum(['a', 'b']).optional(),
}

// The compiler checks these lines: a @ts-expect-error without an error is one.
describe('an options interface and its schema', () => {
  it('must have the same members', () => {
    optionsSchema<Options>()(shape)
    const { mode, ...less } = shape
    // @ts-expect-error the schema lacks `mode`
    optionsSchema<Options>()(less)
    // @ts-expect-error the interface has no `more`
    optionsSchema<Options>()({ ...shape, more: flag })
    const more = { more: flag, ...shape }
    // @ts-expect-error the interface has no `more`
    optionsShape<Options>()({ ...more })
    expect(mode).toBeDefined()
  })

  it('must accept the same values', () => {
    // @ts-expect-error the schema accepts too much
    optionsSchema<Options>()({ ...shape, mode: z.enum(['a', 'b', 'c']).optional() })
    // @ts-expect-error the schema accepts too little
    optionsSchema<Options>()({ ...shape, mode: z.enum(['a']).optional() })
    // @ts-expect-error `wait` is optional in the interface
    optionsSchema<Options>()({ ...shape, wait: number(0, 60, 'seconds') })
    // @ts-expect-error `name` is required in the interface
    optionsSchema<Options>()({ ...shape, name: text('a name').optional() })
    // @ts-expect-error `name` is a text
    optionsSchema<Options>()({ ...shape, name: flag })
  })

  it('give options with their defaults', () => {
    const settings = readOptions('f', optionsSchema<Options>()(shape), { name: 'a' })
    const wait: number = settings.wait
    const mode: 'a' | 'b' | undefined = settings.mode
    // @ts-expect-error it may be left out and has no default
    const list: readonly string[] = settings.list
    expect({ wait, mode, list }).toEqual({ wait: 5, mode: undefined, list: undefined })
  })
})

describe('an option', () => {
  it('that is undefined is left out', () => {
    const schema = optionsSchema<Options>()(shape)
    const given = { name: 'a', wait: undefined, list: undefined }
    expect(readOptions('f', schema, given).wait).toBe(5)
  })

  it('that is a function or an object with methods is passed on as it is', () => {
    class Private {
      readonly #secret = 5
      read() {
        return this.#secret
      }
    }
    interface Objects {
      readonly call: () => void
      readonly object?: Private
    }
    const schema = optionsSchema<Objects>()({
      call: callable<() => void>(),
      object: asGiven<Private>(z.looseObject({ read: callable() })).optional(),
    })
    const given = { call: () => {}, object: new Private() }
    const settings = readOptions('f', schema, given)
    expect(settings.call).toBe(given.call)
    expect(settings.object).toBe(given.object)
    expect(settings.object?.read()).toBe(5)
    expect(() => readOptions('f', schema, { ...given, object: { read: 1 } })).toThrow(
      'f: option `object.read` must be a function; got 1',
    )
  })
})
