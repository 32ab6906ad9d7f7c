/**
 * Measures the bounds of docs/security.md: sends too much of something, and counts entries, calls and bytes.
 * `npm run bounds` prints a table. `-- --write` puts it into docs/security.md. It takes a minute or two.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ANSWER_FLOODS } from './bounds/answer-floods.ts'
import { GATE_FLOODS } from './bounds/gate-floods.ts'
import { MEMORY_FLOODS } from './bounds/memory-floods.ts'

const PAGE = 'docs/security.md'
const { values } = parseArgs({ options: { write: { type: 'boolean' } } })

const rows: string[] = []
for (const flood of [...MEMORY_FLOODS, ...GATE_FLOODS, ...ANSWER_FLOODS]) {
  const { sent, took, held } = await flood.run(1)
  rows.push(`| ${flood.bound} | ${sent} | ${took} |`)
  if (!held) {
    console.error(`The bound did not hold: ${flood.bound}`)
    process.exitCode = 1
  }
}
const table = ['| bound | sent | measured |', '|---|---|---|', ...rows].join('\n')
console.log(table)
if (values.write) {
  const page = readFileSync(PAGE, 'utf8')
  const marked = /(<!-- bounds -->\n)[\s\S]*?(<!-- end -->)/
  if (!marked.test(page)) throw new Error(`${PAGE} has no <!-- bounds --> … <!-- end -->`)
  writeFileSync(
    PAGE,
    page.replace(marked, (_, start, end) => `${start}${table}\n${end}`),
  )
}
