/**
 * Prints what failed in a run of `.ci/run`: tier, file, test and the beginning of the message. A tier can fail
 * without a failed test: then it prints the end of what the tier wrote. It prints nothing after a green run.
 *
 * `node scripts/ci-failures.ts <folder of reports> test=0 test:redis=1`, with the exit code of each tier
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

export interface TierRun {
  readonly tier: string
  readonly exitCode: number
  /** The JSON report of Vitest; `undefined` if there is none. */
  readonly report: Report | undefined
  /** What the tier wrote. */
  readonly log: string
}

/** The parts of Vitest's JSON report that are read here. */
export interface Report {
  readonly numPassedTests?: number
  readonly testResults?: readonly {
    /** The path of the file. `test/runtimes/` writes a title instead. */
    readonly name?: string
    readonly status?: string
    /** Why the file could not be loaded. */
    readonly message?: string
    readonly assertionResults?: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages?: readonly string[] | null
    }[]
  }[]
}

/** What failed, in one line, and the lines that say why. */
interface Failure {
  readonly title: string
  readonly why: readonly string[]
  /** The last lines say most. Otherwise the first lines do. */
  readonly lastFirst?: boolean
}

/** The most lines in all, so that the end of a log always contains them. */
const LINES = 60
/** The most lines of a tier that failed without a failed test. */
const TAIL = 20
/** The longest line. A message can quote a whole page. */
const WIDTH = 300
/** What npm adds below the output of a script that failed. */
const FROM_NPM = /^npm (?:error|ERR!|warn|notice)/
/** Vitest's heading of errors outside of any test. They are in no JSON report. */
const OUTSIDE_OF_TESTS = /^\s*⎯+ Unhandled /

const linesOf = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.trimEnd().slice(0, WIDTH))
    .filter((line) => line.trim() !== '')

/** The tests that failed and the files that could not be loaded. */
function fromReport(tier: string, report: Report | undefined, folder: string): Failure[] {
  const root = pathToFileURL(`${folder}/`).href
  const shorten = (text: string) => text.replaceAll(root, '').replaceAll(`${folder}/`, '')
  return (report?.testResults ?? []).flatMap(
    ({ name = '', status, message = '', assertionResults = [] }) => {
      const where = `${tier}: ${shorten(name)}`
      const tests = assertionResults
        .filter((test) => test.status === 'failed')
        .map(({ fullName, failureMessages }) => ({
          title: `${where} > ${fullName}`,
          why: linesOf(shorten((failureMessages ?? []).join('\n'))),
        }))
      return tests.length === 0 && status === 'failed'
        ? [{ title: `${where} failed as a whole`, why: linesOf(shorten(message)) }]
        : tests
    },
  )
}

/** A failure that is in no report: the linter, the compiler, an error outside of any test. */
function fromLog({ tier, exitCode, report, log }: TierRun, listed: number): Failure[] {
  const lines = linesOf(log).filter((line) => !FROM_NPM.test(line))
  const heading = lines.findLastIndex((line) => OUTSIDE_OF_TESTS.test(line))
  if (heading >= 0) {
    const why = lines.slice(heading + 1, heading + 1 + TAIL)
    return [{ title: `${tier}: an error outside of any test (exit code ${exitCode})`, why }]
  }
  const empty = (report?.numPassedTests ?? 0) === 0
  if (listed > 0 || (exitCode === 0 && !empty)) return []
  const what = exitCode === 0 ? 'no test ran' : 'failed without a failed test'
  const title = `${tier}: ${what} (exit code ${exitCode}). It ended with:`
  return [{ title, why: lines.slice(-TAIL), lastFirst: true }]
}

/** Everything that failed, in at most 60 lines: the messages are shortened first, then the list. */
export function failureLines(runs: readonly TierRun[], folder: string): string[] {
  const failures = runs.flatMap((run) => {
    const listed = fromReport(run.tier, run.report, folder)
    return [...listed, ...fromLog(run, listed.length)]
  })
  if (failures.length === 0) return []
  const heading = `\nFailed (${failures.length}):`
  const room = Math.max(Math.floor((LINES - 1) / failures.length) - 1, 0)
  const lines = failures.flatMap(({ title, why, lastFirst = false }) => {
    const shown = lastFirst ? why.slice(Math.max(why.length - room, 0)) : why.slice(0, room)
    return [title.slice(0, WIDTH), ...shown.map((line) => `    ${line}`)]
  })
  if (lines.length < LINES) return [heading, ...lines]
  return [heading, ...lines.slice(0, LINES - 2), '… and more: see above']
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** The report of a tier; `undefined` if the tier ended before it was written, or while. */
function reportOf(file: string): Report | undefined {
  try {
    return JSON.parse(read(file) ?? '')
  } catch {
    return undefined
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = '', ...tiers] = process.argv.slice(2)
  const runs = tiers.map((argument) => {
    const [tier = '', exitCode] = argument.split('=')
    const base = `${folder}/${tier.replaceAll(':', '-')}`
    const log = read(`${base}.log`) ?? ''
    return { tier, exitCode: Number(exitCode), report: reportOf(`${base}.json`), log }
  })
  for (const line of failureLines(runs, process.cwd())) console.log(line)
}
