/**
 * Tries all mutants of the rooms that decide, and writes REPORT.md.
 *
 * `npm run test:mutation -- src/token src/gate/answer.ts` tries the files whose paths contain one of these texts.
 * With `--minutes 60` the run ends after an hour. Mutants that were not tried by then count as unclear.
 */
import { globSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { figuresOf, readFigures, writeFigures } from './figures.ts'
import { writeReport } from './report.ts'
import { ROOMS } from './rooms.ts'
import { tryRoom } from './try-room.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '600' } },
})
const deadline = Date.now() + Number(values.minutes) * 60_000
let open = 0
for (const room of ROOMS) {
  const sources = globSync(room.sources as string[]).filter(
    (file) => positionals.length === 0 || positionals.some((text) => file.includes(text)),
  )
  if (sources.length === 0 || Date.now() > deadline) continue
  const started = Date.now()
  const results = await tryRoom(room, sources, deadline)
  const date = new Date().toISOString().slice(0, 10)
  const figures = readFigures()
  for (const file of sources) {
    const found = figuresOf(file, results.get(file) ?? [], date)
    figures[file] = found
    open += found.open.length
  }
  writeFigures(figures)
  writeReport()
  console.log(
    `${room.name}: ${sources.length} files, ${((Date.now() - started) / 60_000).toFixed(1)} minutes`,
  )
}
if (open > 0) process.exitCode = 1
