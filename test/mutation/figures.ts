/** The results of the mutants of each source file, in the last run of the whole file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { MutantResult } from '@stryker-mutator/api/core'
import { reasonFor, type Survivor } from './explained.ts'

/** The results of the mutants of one source file. */
export interface Figures {
  readonly date: string
  /** Whether the tests of other rooms have tried the mutants that survived the tests of the room. */
  readonly others: boolean
  /** The number of mutants, without those of texts for people. */
  readonly made: number
  /** The mutants of texts for people, which are not tried. */
  readonly prose: number
  readonly killed: number
  /** A test waited until its time was up, or the mutant never ended. */
  readonly timedOut: number
  readonly explained: number
  /** Survivors without a reason that no test runs. They are part of `open` too. */
  readonly notCovered: number
  /** There is no verdict: the time of the run was up, or the test also fails without the mutant. */
  readonly unclear: number
  readonly open: readonly Survivor[]
}

const FILE = `${import.meta.dirname}/figures.json`

export function readFigures(): Record<string, Figures> {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {}
}

export function writeFigures(figures: Readonly<Record<string, Figures>>): void {
  const sorted = Object.fromEntries(
    Object.entries(figures).sort(([one], [other]) => (one < other ? -1 : 1)),
  )
  writeFileSync(FILE, `${JSON.stringify(sorted, undefined, 2)}\n`)
}

/** The figures of one file from the results of its mutants. */
export function figuresOf(
  file: string,
  results: readonly MutantResult[],
  date: string,
  others = true,
): Figures {
  const lines = readFileSync(file, 'utf8').split('\n')
  const counts = { prose: 0, killed: 0, timedOut: 0, explained: 0, notCovered: 0, unclear: 0 }
  const open: Survivor[] = []
  for (const { status, location, mutatorName, replacement = '' } of results) {
    const line = (lines[location.start.line - 1] ?? '').trim()
    const survivor = { file, mutator: mutatorName, line, becomes: replacement }
    if (status === 'Ignored') counts.prose++
    else if (status === 'Killed') counts.killed++
    else if (status === 'Timeout') counts.timedOut++
    else if (status !== 'Survived' && status !== 'NoCoverage') counts.unclear++
    else if (reasonFor(survivor) !== undefined) counts.explained++
    else {
      if (status === 'NoCoverage') counts.notCovered++
      open.push(survivor)
    }
  }
  return { date, others, made: results.length - counts.prose, ...counts, open }
}
