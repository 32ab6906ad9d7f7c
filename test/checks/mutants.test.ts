import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MUTANTS } from '../../scripts/mutants-list.ts'

describe('the list of mutants', () => {
  it.each(MUTANTS)('finds its text once in the source: $name', ({ file, find, replace }) => {
    const source = readFileSync(file, 'utf8')
    expect(source.split(find)).toHaveLength(2)
    expect(replace).not.toBe(find)
  })

  it('names each mutant once', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
  })
})
