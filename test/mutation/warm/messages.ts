/** What the runner of Stryker asks of the worker that stays warm, and what the worker answers. */

/** The tests of one file: those with these ids, or all of them if `testIds` is missing. */
export interface TestsOfFile {
  readonly filepath: string
  readonly testIds?: string[]
}

/** What the worker must do. */
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

/** A test that ran, or was skipped. */
export interface RanTest {
  readonly id: string
  readonly name: string
  readonly file: string
  readonly milliseconds: number
  readonly state: 'passed' | 'failed' | 'skipped'
  readonly failure?: string
}

/**
 * How often each test has run the code of each mutant. Code that runs when a test file loads, or in its hooks for
 * all tests, counts for the file.
 */
export interface Coverage {
  readonly static: Record<string, number>
  readonly perTest: Record<string, Record<string, number>>
}

/** The verdict about one mutant, and the tests that ran for it. */
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

/** Marks the id of a file, in place of a test. */
export const FILE_PREFIX = 'file:'
