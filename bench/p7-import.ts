/**
 * P7: what an import of the core costs, in a fresh process, beside the import of its four dependencies.
 *
 * The table goes to standard output. After `npm run build && npm ci --prefix bench`:
 * `node bench/p7-import.ts`
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import {
  goalTable,
  markdownTable,
  median,
  QUICK,
  ROUNDS,
  rangeOf,
  requireShared,
  shown,
  versionOf,
} from './harness.ts'
import type { Figure } from './tool/goals.ts'

const DEPENDENCIES = ['jose', 'undici', 'lru-cache', 'zod']
/** The greatest ratio that is wanted. */
const GOAL = 1.3
/** An import is measured this often in each round, because a process that starts is easily disturbed. */
const IMPORTS = QUICK ? 1 : 3

interface Imported {
  readonly name: string
  readonly version: string
  readonly specifiers: readonly string[]
  /** Milliseconds of processor time, one for each round. */
  readonly times: number[]
}

const built = (file: string): string => new URL(`../dist/${file}`, import.meta.url).href

const core: Imported = { name: 'the core', version: '', specifiers: [built('index.js')], times: [] }
const alone: Imported = {
  name: 'jose, undici, lru-cache and zod alone',
  version: DEPENDENCIES.map(versionOf).join(', '),
  specifiers: DEPENDENCIES,
  times: [],
}
const others: readonly Imported[] = [
  ...DEPENDENCIES.map((name) => ({
    name: `${name} alone`,
    version: versionOf(name),
    specifiers: [name],
    times: [],
  })),
  {
    name: 'the Express adapter, after the core',
    version: '',
    specifiers: [built('index.js'), built('adapters/express.js')],
    times: [],
  },
  {
    name: '`requireBearerAuth` of the MCP SDK',
    version: versionOf('@modelcontextprotocol/sdk'),
    specifiers: ['@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'],
    times: [],
  },
  {
    name: 'express-oauth2-jwt-bearer',
    version: versionOf('express-oauth2-jwt-bearer'),
    specifiers: ['express-oauth2-jwt-bearer'],
    times: [],
  },
]
const contestants: readonly Imported[] = QUICK ? [core, alone] : [core, alone, ...others]
for (const name of DEPENDENCIES) requireShared(name)

/**
 * Imports in a process of its own.
 *
 * @returns milliseconds of processor time, without the start of the process. An import waits only for the
 * disk, and its files are in memory after the first round. The time of the clock also has the waiting for a
 * core: with 12 programs on 2 cores, one import took 0.6 s of processor time, and 4.4 s by the clock.
 */
function importTime(specifiers: readonly string[]): number {
  const script = `
    const before = process.cpuUsage()
    for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier)
    const { user, system } = process.cpuUsage(before)
    process.stdout.write(String((user + system) / 1000))
    process.exit()
  `
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  })
  return Number(output)
}

// The first round, which reads the files from the disk, does not count.
for (let round = -1; round < ROUNDS; round += 1) {
  const taken = contestants.map((): number[] => [])
  for (let again = 0; again < IMPORTS; again += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const at = (turn + again + Math.max(round, 0)) % contestants.length
      taken[at]?.push(importTime(contestants[at]?.specifiers ?? []))
    }
  }
  if (round < 0) continue
  for (const [at, { times }] of contestants.entries()) times.push(median(taken[at] ?? []))
}

/** The ratios of the rounds: the machine drifts between rounds. */
const ratios = ({ times }: Imported): number[] =>
  core.times.map((time, round) => time / (times[round] ?? Number.NaN))

function figureOf({ name, version, times }: Imported, limit: boolean): Figure {
  return { name, version, limit, rate: 1000 / median(times), cost: 1000 * median(times) }
}

const rows = contestants.map((one) => [
  one.name,
  one.version,
  median(one.times).toFixed(0),
  one === core ? '' : shown(rangeOf(ratios(one))),
])
const measured = {
  ...rangeOf(ratios(alone)),
  ours: figureOf(core, false),
  theirs: figureOf(alone, true),
}

console.log(`## P7: the import

\`await import()\` in a fresh process: the processor time, without that of the start. The imports take turns. Each round has the median of ${IMPORTS} imports. The number of modules has a limit, which \`test/checks/budget.test.ts\` explains.

${markdownTable(['', 'version', 'CPU ms', 'the core ÷ it (range)'], rows)}

${goalTable([{ text: 'the core ÷ its four dependencies', most: GOAL, measured }])}
`)
