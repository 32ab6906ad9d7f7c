/** The floods of `npm run bounds`, each a hundred times smaller than in the table of docs/security.md. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ANSWER_FLOODS } from '../../scripts/bounds/answer-floods.ts'
import { GATE_FLOODS } from '../../scripts/bounds/gate-floods.ts'
import { MEMORY_FLOODS } from '../../scripts/bounds/memory-floods.ts'

const FLOODS = [...MEMORY_FLOODS, ...GATE_FLOODS, ...ANSWER_FLOODS]

describe('a bound under a flood', () => {
  it.each(FLOODS)('S5: $bound', async ({ run }) => {
    expect(await run(0.01)).toMatchObject({ held: true })
  })

  it('S5: each has its row in docs/security.md, with what was measured', () => {
    const [, table = ''] = readFileSync('docs/security.md', 'utf8').split('<!-- bounds -->')
    const rows = (table.split('<!-- end -->')[0] ?? '').trim().split('\n').slice(2)
    expect(rows.map((row) => row.split(' | ')[0])).toEqual(FLOODS.map(({ bound }) => `| ${bound}`))
  })
})
