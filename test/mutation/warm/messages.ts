/** What the runner of Stryker asks of the worker that stays warm, and what the worker answers. */

/** Tests of one file. All of them where `testIds` is missing. */
export interface TestsOfFile {
  readonly filepath: string
  readonly testIds?: string[]
}

export interface Task {
  readonly id: number
  readonly kind: 'collect coverage' | 'try mutant' | 'stop'
  readonly files: readonly TestsOfFile[]
  readonly mutant?: string
  readonly hitLimit?: number
  /** When the verdict is no longer needed, in milliseconds since 1970. */
  readonly until?: number
  /** The mutant is in code that runs when a module loads: load all modules anew, before and after. */
  readonly reload?: boolean
}

export interface RanTest {
  readonly id: string
  readonly name: string
  readonly file: string
  readonly milliseconds: number
  readonly state: 'passed' | 'failed' | 'skipped'
  readonly failure?: string
}

/** Hits of mutants by test, or by file for what runs when a test file loads and in its hooks for all tests. */
export interface Coverage {
  readonly static: Record<string, number>
  readonly perTest: Record<string, Record<string, number>>
}

export interface Answer {
  readonly id: number
  readonly verdict: 'passed' | 'killed' | 'timed out' | 'unclear'
  readonly tests: readonly RanTest[]
  readonly coverage?: Coverage
  readonly reason?: string
}

/** Time that a test or hook may take. A mutant that waits for something that never happens costs this long. */
export const TEST_TIMEOUT = 5_000

/** The namespace of Stryker's instrumented code. */
export const NAMESPACE = '__stryker__'

/** What instrumented code reads and writes. */
export interface Instrumented {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: Coverage | undefined
}

export const FILE_PREFIX = 'file:'
