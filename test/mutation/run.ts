/**
 * Tries all mutants of the rooms that decide, and writes REPORT.md.
 *
 * `npm run test:mutation -- src/token src/gate/answer.ts` tries the files whose path holds one of the texts.
 */
import { globSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { figuresOf, readFigures, writeFigures } from './figures.ts'
import { writeReport } from './report.ts'
import { ROOMS } from './rooms.ts'
import { tryRoom } from './try-room.ts'

const { positionals } = parseArgs({ allowPositionals: true })
let open = 0
for (const room of ROOMS) {
  const sources = globSync(room.sources as string[]).filter(
    (file) => positionals.length === 0 || positionals.some((text) => file.includes(text)),
  )
  if (sources.length === 0) continue
  const started = Date.now()
  const results = await tryRoom(room, sources)
  const date = new Date().toISOString().slice(0, 10)
  const figures = readFigures()
  for (const file of sources) {
    const found = figuresOf(file, results.get(file) ?? [], date)
    figures[file] = found
    open += found.open.length
    for (const { mutator, line, becomes } of found.open) {
      console.log(`${file}  ${mutator}\n  - ${line}\n  + ${becomes.replace(/\s+/g, ' ')}`)
    }
  }
  writeFigures(figures)
  console.log(`${room.name}: ${((Date.now() - started) / 60_000).toFixed(1)} minutes`)
}
writeReport()
if (open > 0) process.exitCode = 1
