/**
 * Tries the mutants of what changed, until the time is up. The tier `test:mutation:changed` of CI.
 *
 * What changed: since the revision in the first argument, or since the parent of this commit. If nothing changed
 * in the rooms that decide, or git does not know, a sample is tried: another one every day and for every commit.
 * A mutant that survives fails the tier, unless REPORT.md knows it as open. In files without complete figures no
 * survivor is known, so there it is said and no failure. Nor is time that ran out, nor a survivor of a sample: what
 * nobody has changed must not hold up a change.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { changedLines } from './changed-lines.ts'
import type { Survivor } from './explained.ts'
import { type Figures, figuresOf, readFigures } from './figures.ts'
import { ROOMS, type Room } from './rooms.ts'
import { STARTING, tryRoom } from './try-room.ts'

const REPORT = 'node_modules/.cache/reports/test-mutation-changed.json'
/** Lines of a sample: about as many as the time is enough for. */
const SAMPLE_LINES = 400

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '110' } },
})
const started = Date.now()
const deadline = started + Number(values.seconds) * 1000
const [revision = 'HEAD^'] = positionals

const known = readFigures()
/** Only of these files it is known which mutants were open before. */
const isKnown = (file: string): boolean => known[file]?.unclear === 0
const isSame = (one: Survivor, other: Survivor): boolean =>
  one.mutator === other.mutator && one.line === other.line && one.becomes === other.becomes

const sourcesOf = (room: Room): string[] => globSync(room.sources as string[]).sort()

function changed(): [Room, string[]][] {
  const ranges = changedLines(revision)
  if (ranges === undefined) return []
  return ROOMS.map((room): [Room, string[]] => [
    room,
    sourcesOf(room).flatMap((file) => ranges.get(file) ?? []),
  ]).filter(([, sources]) => sources.length > 0)
}

/** A sample comes from the files whose open mutants are known. */
const triedIn = (room: Room): string[] =>
  sourcesOf(room).filter((file) => isKnown(file) && (known[file]?.killed ?? 0) > 0)

/** Some files of one room. */
function sample(): [Room, string[]][] {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' })
  const day = new Date().toISOString().slice(0, 10)
  const number = createHash('sha256').update(`${commit}${day}`).digest().readUInt32BE()
  const files = ROOMS.flatMap((room) => triedIn(room).map((file) => ({ room, file })))
  const first = files[number % files.length]
  if (first === undefined) return []
  const ofRoom = triedIn(first.room)
  const from = ofRoom.indexOf(first.file)
  let lines = 0
  const chosen = [...ofRoom.slice(from), ...ofRoom.slice(0, from)].filter((file) => {
    if (lines >= SAMPLE_LINES) return false
    lines += readFileSync(file, 'utf8').split('\n').length
    return true
  })
  return [[first.room, chosen]]
}

const date = new Date().toISOString().slice(0, 10)

async function tryAll(chosen: readonly [Room, string[]][]): Promise<Map<string, Figures>> {
  const figures = new Map<string, Figures>()
  for (const [room, sources] of chosen) {
    if (Date.now() + STARTING > deadline) {
      console.log(`No time for ${room.name}: ${sources.join(', ')}`)
      continue
    }
    const results = await tryRoom(room, sources, deadline)
    for (const [file, found] of results) figures.set(file, figuresOf(file, found, date))
  }
  return figures
}

let what = `what changed since ${revision}`
let figures = await tryAll(changed())
const isSample = [...figures.values()].every(({ made }) => made === 0)
if (isSample) {
  what = `a sample, because nothing that can be changed has changed since ${revision}`
  figures = await tryAll(sample())
}

let passed = 0
let unclear = 0
let knownOpen = 0
const testResults = [...figures].map(([name, found]) => {
  passed += found.killed + found.timedOut + found.explained
  unclear += found.unclear
  const news = found.open.filter(
    (open) =>
      !isSample && isKnown(name) && !known[name]?.open.some((survivor) => isSame(survivor, open)),
  )
  knownOpen += found.open.length - news.length
  return {
    name,
    status: news.length > 0 ? 'failed' : 'passed',
    assertionResults: news.map(({ mutator, line, becomes }) => ({
      status: 'failed',
      fullName: `${mutator}: ${line}`,
      failureMessages: [`no test fails with: ${becomes.replace(/\s+/g, ' ')}`],
    })),
  }
})
const open = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(
    ({ fullName, failureMessages }) => `${name}  ${fullName}\n  ${failureMessages}`,
  ),
)
mkdirSync('node_modules/.cache/reports', { recursive: true })
writeFileSync(
  REPORT,
  JSON.stringify({
    numTotalTests: passed + open.length,
    numPassedTests: passed,
    numFailedTests: open.length,
    success: open.length === 0,
    startTime: started,
    testResults,
  }),
)
console.log(`Mutants of ${what}: ${[...figures.keys()].join(', ')}`)
for (const mutant of open) console.log(`OPEN  ${mutant}`)
console.log(
  `${passed} killed or explained, ${open.length} open, ${knownOpen} open as before, in files without figures, or in a sample`,
)
if (unclear > 0) console.log(`${unclear} without a verdict: the time was up, or a test is unsteady`)
if (open.length > 0) {
  console.log('Kill each with a test, or explain it in test/mutation/explained.json.')
  process.exitCode = 1
}
