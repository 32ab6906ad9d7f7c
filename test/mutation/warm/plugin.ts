/** The test runner of Stryker that keeps one worker of Vitest warm. Stryker loads it in each of its processes. */
import { readFileSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { BroadcastChannel } from 'node:worker_threads'
import type { StrykerOptions } from '@stryker-mutator/api/core'
import type {
  DryRunOptions,
  DryRunResult,
  MutantRunOptions,
  MutantRunResult,
  TestRunner,
  TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner'
import { createVitest, type Vitest } from 'vitest/node'
import { mutantKey } from '../mutant-key.ts'
import { isProse, type SyntaxPath } from '../prose.ts'
import {
  type Answer,
  type Coverage,
  FILE_PREFIX,
  type RanTest,
  type Task,
  type TestsOfFile,
} from './messages.ts'
import { Survivors } from './survivors.ts'

/** A file in the folder that the processes share, with what the run without a mutant has found. */
const DRY_RUN = 'dry-run.json'

/** What one process finds out in the run without a mutant, and tells the others by a file. */
interface DryRun {
  /** For each mutant, the test files that run its code. */
  readonly hitBy: Readonly<Record<string, readonly string[]>>
  /** The milliseconds that each test file takes. */
  readonly milliseconds: Readonly<Record<string, number>>
}

/** Milliseconds that it takes to evaluate a test file, besides its tests. About as long as a quick one. */
const FILE_COSTS = 50
const MUTANT_ID = /stryMutAct_\w+\("(\d+)"\)/g

class WarmVitestRunner implements TestRunner {
  static readonly inject = ['options'] as const
  readonly #tests: readonly string[]
  readonly #name = `warm-${process.pid}-${Math.random()}`
  readonly #channel = new BroadcastChannel(this.#name)
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #vitest: Vitest | undefined
  #session: Promise<unknown> = Promise.resolve()
  #lastId = 0
  #dryRun: DryRun | undefined
  /** How often a test file has killed a mutant of a source file. */
  readonly #killers = new Map<string, Map<string, number>>()
  readonly #deadline: number
  readonly #only: ReadonlySet<string> | undefined

  constructor(options: StrykerOptions) {
    this.#tests = options.testFilesOfRoom as string[]
    this.#deadline = Number(options.triedUntil)
    const only = options.onlyMutants as readonly string[] | undefined
    this.#only = only && new Set(only)
  }

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true }
  }

  async init(): Promise<void> {
    process.env.NODE_ENV = 'test'
    process.env.VITEST = '1'
    process.env.WARM_CHANNEL = this.#name
    const ready = this.#answer(0)
    this.#channel.onmessage = (event) => {
      const answer = (event as { readonly data: Answer }).data
      const waiting = this.#waiting.get(answer.id)
      if ('kind' in answer || waiting === undefined) return
      this.#waiting.delete(answer.id)
      waiting(answer)
    }
    this.#vitest = await createVitest(
      'test',
      {
        config: false,
        root: process.cwd(),
        include: ['test/mutation/warm/session.ts'],
        runner: resolve('test/mutation/warm/warm-runner.ts'),
        setupFiles: [resolve('test/support/restore-globals.ts')],
        pool: 'threads',
        maxWorkers: 1,
        maxConcurrency: 1,
        fileParallelism: false,
        isolate: false,
        watch: false,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        reporters: [{}],
        coverage: { enabled: false },
        onConsoleLog: () => false,
      },
      { server: { watch: null, hmr: false } },
    )
    this.#session = this.#vitest.start()
    await Promise.race([
      ready,
      this.#session.then(() => {
        throw new Error('the worker ended before it was asked for anything')
      }),
    ])
  }

  async dryRun(_: DryRunOptions): Promise<DryRunResult> {
    const { tests, coverage, reason } = await this.#ask({
      kind: 'collect coverage',
      files: this.#tests.map((file) => ({ filepath: resolve(file) })),
    })
    const failed = tests.find(({ state }) => state === 'failed')
    if (coverage === undefined || failed !== undefined) {
      const what = failed ? `${failed.file} ${failed.name}: ${failed.failure}` : reason
      return { status: 'error' as never, errorMessage: `without a mutant: ${what}` }
    }
    const mutantCoverage = byTest(tests, coverage)
    const hitBy: Record<string, string[]> = {}
    const took: Record<string, number> = {}
    for (const { id, file, milliseconds } of tests) {
      took[file] = (took[file] ?? 0) + milliseconds
      for (const mutant of Object.keys(mutantCoverage.perTest[testId(file, id)] ?? {})) {
        hitBy[mutant] ??= []
        if (!hitBy[mutant].includes(file)) hitBy[mutant].push(file)
      }
    }
    writeFileSync(DRY_RUN, JSON.stringify({ hitBy, milliseconds: took } satisfies DryRun))
    return {
      status: 'complete' as never,
      tests: tests.map(({ id, name, file, milliseconds, state }) => ({
        id: testId(file, id),
        name,
        fileName: file,
        timeSpentMs: milliseconds,
        status: (state === 'passed' ? 0 : 2) as never,
      })),
      mutantCoverage,
    }
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, sandboxFileName } = options
    if (Date.now() > this.#deadline) return { status: 'error' as never, errorMessage: 'no time' }
    if (this.#only !== undefined && !this.#only.has(keyOf(options))) {
      return { status: 'error' as never, errorMessage: 'not asked for' }
    }
    const reload = !options.testFilter
    const killers = this.#killers.get(activeMutant.fileName) ?? new Map<string, number>()
    this.#killers.set(activeMutant.fileName, killers)
    const files = reload
      ? this.#filesThatRun(sandboxFileName).map((filepath) => ({ filepath }))
      : testsByFile(options.testFilter ?? [])
    const { milliseconds } = this.#foundInDryRun()
    // First the test files that are quick, and have killed before. A survivor runs them all.
    const worth = ({ filepath }: TestsOfFile) =>
      (1 + (killers.get(filepath) ?? 0)) / (FILE_COSTS + (milliseconds[filepath] ?? 0))
    const answer = await this.#ask({
      kind: 'try mutant',
      files: files.sort((one, other) => worth(other) - worth(one)),
      mutant: activeMutant.id,
      until: this.#deadline,
      ...(hitLimit === undefined ? {} : { hitLimit }),
      reload,
    })
    const failed = answer.tests.find(({ state }) => state === 'failed')
    if (failed) killers.set(failed.file, (killers.get(failed.file) ?? 0) + 1)
    return resultOf(answer, failed)
  }

  async dispose(): Promise<void> {
    this.#channel.postMessage({ id: -1, kind: 'stop', files: [] } satisfies Task)
    await this.#session.catch(() => {})
    this.#channel.close()
    await this.#vitest?.close()
  }

  /** The test files that run any mutant of the source file; all test files if none does. */
  #filesThatRun(source: string): readonly string[] {
    const { hitBy } = this.#foundInDryRun()
    const files = new Set<string>()
    for (const [, id = ''] of readFileSync(source, 'utf8').matchAll(MUTANT_ID)) {
      for (const file of hitBy[id] ?? []) files.add(file)
    }
    return files.size > 0 ? [...files] : this.#tests.map((file) => resolve(file))
  }

  #foundInDryRun(): DryRun {
    this.#dryRun ??= JSON.parse(readFileSync(DRY_RUN, 'utf8')) as DryRun
    return this.#dryRun
  }

  #answer(id: number): Promise<Answer> {
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  #ask(task: Omit<Task, 'id'>): Promise<Answer> {
    this.#lastId++
    const answer = this.#answer(this.#lastId)
    this.#channel.postMessage({ id: this.#lastId, ...task })
    return answer
  }
}

/** The key of a mutant. Stryker counts lines and columns from 0 here, and from 1 in its results. */
function keyOf({ activeMutant, sandboxFileName }: MutantRunOptions): string {
  const { mutatorName, replacement, location } = activeMutant
  const fromOne = ({ line, column }: typeof location.start) => ({
    line: line + 1,
    column: column + 1,
  })
  const place = { start: fromOne(location.start), end: fromOne(location.end) }
  return mutantKey(relative(process.cwd(), sandboxFileName), mutatorName, replacement, place)
}

function testId(file: string, id: string): string {
  return `${relative(process.cwd(), file)}#${id}`
}

/** The tests with these ids, file by file. */
function testsByFile(ids: readonly string[]): TestsOfFile[] {
  const byFile = new Map<string, string[]>()
  for (const id of ids) {
    const [file = '', test = ''] = id.split('#')
    byFile.set(file, [...(byFile.get(file) ?? []), test])
  }
  return Array.from(byFile, ([file, testIds]) => ({ filepath: resolve(file), testIds }))
}

/** The verdict of the worker, in the form of Stryker. */
function resultOf(
  { verdict, tests, reason }: Answer,
  failed: RanTest | undefined,
): MutantRunResult {
  const nrOfTests = tests.filter(({ state }) => state !== 'skipped').length
  const failure = `${failed?.name}: ${failed?.failure}`
  switch (verdict) {
    case 'passed':
      return { status: 'survived' as never, nrOfTests }
    case 'killed':
      return {
        status: 'killed' as never,
        killedBy: [testId(failed?.file ?? '', failed?.id ?? '')],
        failureMessage: failure,
        nrOfTests,
      }
    case 'timed out':
      return { status: 'timeout' as never, reason: failure }
    default:
      return { status: 'error' as never, errorMessage: reason ?? '' }
  }
}

/** The coverage by test. What a test file runs outside its tests counts for each of its tests. */
function byTest(tests: Answer['tests'], { perTest, static: loading }: Coverage): Coverage {
  const merged = Object.fromEntries(
    tests.map(({ id, file }) => {
      const hits = { ...perTest[id] }
      for (const [mutant, count] of Object.entries(perTest[`${FILE_PREFIX}${file}`] ?? {})) {
        hits[mutant] = (hits[mutant] ?? 0) + count
      }
      return [testId(file, id), hits]
    }),
  )
  const later = new Set(Object.values(merged).flatMap((hits) => Object.keys(hits)))
  return {
    perTest: merged,
    // A mutant that a test runs too is tried with that test, which needs no reloading of modules.
    static: Object.fromEntries(Object.entries(loading).filter(([mutant]) => !later.has(mutant))),
  }
}

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'warm-vitest', injectableClass: WarmVitestRunner },
  { kind: 'Reporter', name: 'survivors', injectableClass: Survivors },
  {
    kind: 'Ignore',
    name: 'prose',
    value: {
      shouldIgnore: (path: SyntaxPath) => (isProse(path) ? 'a text for people' : undefined),
    },
  },
]
