import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { HAND_MADE } from '../mutation/by-hand.ts'
import { rangesOf } from '../mutation/changed-lines.ts'
import { EXPLAINED } from '../mutation/explained.ts'
import { isProse, type SyntaxPath } from '../mutation/prose.ts'

describe('the list of mutants made by hand', () => {
  it.each(HAND_MADE)('finds its text once in the source: $name', ({ file, find, replace }) => {
    const source = readFileSync(file, 'utf8')
    expect(source.split(find)).toHaveLength(2)
    expect(replace).not.toBe(find)
  })

  it('names each mutant once', () => {
    expect(new Set(HAND_MADE.map(({ name }) => name)).size).toBe(HAND_MADE.length)
  })
})

describe('the mutants of Stryker', () => {
  it('are explained in lines that the source still has, each with a reason', () => {
    const gone = EXPLAINED.filter(({ file, line }) => {
      if (line === undefined || file.endsWith('*')) return false
      return !readFileSync(file, 'utf8')
        .split('\n')
        .some((text) => text.trim() === line)
    })
    expect(gone).toEqual([])
    for (const { reason } of EXPLAINED) expect(reason).toMatch(/\w+ \w+/)
  })

  it('are made of codes and names, and not of texts for people', () => {
    const error = { type: 'NewExpression', callee: { type: 'Identifier', name: 'ChallengeError' } }
    const other = { ...error, callee: { type: 'Identifier', name: 'Map' } }
    const path = (value: string, node: SyntaxPath['node']): SyntaxPath => ({
      node: { type: 'StringLiteral', value },
      parentPath: { node, parentPath: null },
    })
    expect(isProse(path('the token has no "exp"', error))).toBe(true)
    expect(isProse(path('claim_missing', error))).toBe(false)
    expect(isProse(path('two words', other))).toBe(false)
    expect(isProse(path('the scope is missing', other))).toBe(true)
    expect(isProse(path('Authorization, DPoP, MCP-Protocol-Version', other))).toBe(false)
    expect(isProse(path('invalid_token', error))).toBe(false)
  })

  it('are tried in the lines that git calls changed', () => {
    const difference = [
      'diff --git a/src/token/a.ts b/src/token/a.ts',
      '--- a/src/token/a.ts',
      '+++ b/src/token/a.ts',
      '@@ -3 +3,2 @@ function a() {',
      '@@ -9,2 +10,0 @@',
      '@@ -20 +19 @@',
      '--- a/src/token/gone.ts',
      '+++ /dev/null',
      '@@ -1,5 +0,0 @@',
    ].join('\n')
    expect([...rangesOf(difference)]).toEqual([
      ['src/token/a.ts', ['src/token/a.ts:3-4', 'src/token/a.ts:19-19']],
    ])
  })
})
