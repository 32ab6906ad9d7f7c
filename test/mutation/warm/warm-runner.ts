/**
 * A runner of Vitest that stays in its worker, and runs tests again and again with another mutant each time.
 *
 * Starting a worker and loading the modules takes seconds, the tests of one mutant take milliseconds. Here only
 * the test files are evaluated anew. What a mutant leaves behind could make a test of the next mutant fail. So a
 * mutant counts as killed only if the test that failed passes without the mutant straight afterwards.
 */
import { BroadcastChannel } from 'node:worker_threads'
import { type RunnerTestCase, type RunnerTestFile, TestRunner, vi } from 'vitest'
// The same function that the worker of Vitest calls for each file.
import { startTests } from 'vitest/internal/browser'
import {
  type Answer,
  FILE_PREFIX,
  type Instrumented,
  NAMESPACE,
  type RanTest,
  type Task,
  TEST_TIMEOUT,
  type TestsOfFile,
} from './messages.ts'

type Found = Omit<Answer, 'id'>

const globals = globalThis as Record<string, unknown>
globals[NAMESPACE] ??= {}
const instrumented = globals[NAMESPACE] as Instrumented
const ATTEMPTS = 4

/** Milliseconds in which work that a mutant has left behind should end. */
const LEFT_BEHIND = 300

/** Where nothing is changed, a test may take as long as in the other runs. */
const PATIENCE = 60_000

function testsOf(tasks: RunnerTestFile['tasks']): RunnerTestCase[] {
  return tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task.tasks) : [task]))
}

export default class WarmRunner extends TestRunner {
  #serving = false
  #failed = false
  #until = Number.POSITIVE_INFINITY
  #late = false
  #loadedWith: string | undefined
  #rejections: unknown[] = []

  override async onAfterRunFiles(files: RunnerTestFile[]): Promise<void> {
    super.onAfterRunFiles(files)
    if (this.#serving) return
    this.#serving = true
    // What the runs of mutants would report to the main thread.
    Object.assign(this, {
      onTaskUpdate: async () => {},
      onCollected: async () => {},
      onCollectStart: (file: RunnerTestFile) => super.onCollectStart(file),
      onAfterRunTask: (test: RunnerTestCase) => {
        if (test.result?.state === 'fail') this.#failed = true
        instrumented.currentTestId = `${FILE_PREFIX}${test.file.filepath}`
        return super.onAfterRunTask(test)
      },
    })
    const rejected = (reason: unknown): void => {
      this.#rejections.push(reason)
    }
    process.on('unhandledRejection', rejected)
    process.on('uncaughtException', rejected)
    await this.#serve()
  }

  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    if (this.#serving && instrumented.activeMutant !== undefined) {
      this.#late ||= Date.now() > this.#until
      // The first failure decides.
      if (this.#failed || this.#late) test.mode = 'skip'
    }
    await super.onBeforeRunTask(test)
    if (this.#serving) instrumented.currentTestId = test.id
  }

  #serve(): Promise<void> {
    const channel = new BroadcastChannel(process.env.WARM_CHANNEL ?? '')
    return new Promise((resolve) => {
      channel.onmessage = async (event) => {
        const task = (event as { readonly data: Task }).data
        if (task.kind === 'stop') {
          channel.close()
          resolve()
          return
        }
        if (!('kind' in task)) return
        let found: Found
        try {
          found = task.kind === 'try mutant' ? await this.#tryMutant(task) : await this.#cover(task)
        } catch (error) {
          found = { verdict: 'unclear', tests: [], reason: String(error) }
        }
        channel.postMessage({ id: task.id, ...found })
      }
      channel.postMessage({ id: 0 })
    })
  }

  /** Runs all tests without a mutant, and counts which test hits which mutant. */
  async #cover({ files }: Task): Promise<Found> {
    const coverage = { static: {}, perTest: {} }
    instrumented.mutantCoverage = coverage
    const tests: RanTest[] = []
    for (const file of files) tests.push(...(await this.#run(file, undefined)))
    instrumented.mutantCoverage = undefined
    return { verdict: 'passed', tests, coverage }
  }

  async #tryMutant(task: Task): Promise<Found> {
    let reason = ''
    for (let attempt = 0, late = 0; attempt < ATTEMPTS; attempt++) {
      const found = await this.#attempt(task)
      if (found.verdict === 'passed' || found.verdict === 'unclear') return found
      const started = performance.now()
      let failure = await this.#control(task, found)
      if (failure !== undefined) {
        // A promise that the mutant has left behind may have been rejected during the control.
        await new Promise((resolve) => setTimeout(resolve, LEFT_BEHIND))
        failure = await this.#control(task, found)
      }
      if (failure !== undefined) {
        reason = failure
        this.#forget()
      } else if (found.verdict === 'killed') return found
      else {
        // A busy machine makes a test late too. So being late counts where the test is quick without the mutant,
        // and the second time.
        const quick = performance.now() - started < TEST_TIMEOUT / 5
        if (quick && late > 0) return found
        if (quick) late++
        reason = 'late, but the machine is slow'
      }
    }
    return { verdict: 'unclear', tests: [], reason }
  }

  async #attempt({
    files,
    mutant,
    hitLimit,
    reload,
    until = Number.POSITIVE_INFINITY,
  }: Task): Promise<Found> {
    const wanted = reload ? mutant : undefined
    if (this.#loadedWith !== wanted) this.#forget()
    this.#loadedWith = wanted
    instrumented.hitCount = 0
    instrumented.hitLimit = hitLimit
    this.#until = until
    this.#late = false
    const tests: RanTest[] = []
    for (const file of files) {
      tests.push(...(await this.#run(file, mutant)))
      const failed = tests.find(({ state }) => state === 'failed')
      if (failed !== undefined) {
        const late = /timed out in \d+ ?ms/.test(failed.failure ?? '')
        return { verdict: late ? 'timed out' : 'killed', tests }
      }
      if (this.#late) return { verdict: 'unclear', tests, reason: 'no time' }
    }
    return { verdict: 'passed', tests }
  }

  /** The test that failed must pass without the mutant. Else the message says why the verdict is unclear. */
  async #control({ reload }: Task, { tests }: Found): Promise<string | undefined> {
    const failed = tests.find(({ state }) => state === 'failed')
    if (failed === undefined) return 'nothing failed'
    if (reload) this.#forget()
    this.#loadedWith = undefined
    const [again] = await this.#run(
      { filepath: failed.file, ...(failed.id === failed.file ? {} : { testIds: [failed.id] }) },
      undefined,
    ).then((ran) => ran.filter(({ state }) => state === 'failed'))
    return again === undefined
      ? undefined
      : `"${again.name}" also fails without the mutant: ${again.failure}`
  }

  /** Modules are evaluated anew when a test file asks for them. */
  #forget(): void {
    vi.useRealTimers()
    vi.restoreAllMocks()
    vi.resetModules()
    this.#loadedWith = undefined
  }

  async #run(tests: TestsOfFile, mutant: string | undefined): Promise<RanTest[]> {
    this.#failed = false
    this.#rejections = []
    instrumented.activeMutant = mutant
    instrumented.currentTestId = undefined
    vi.setConfig({
      testTimeout: mutant === undefined ? PATIENCE : TEST_TIMEOUT,
      hookTimeout: mutant === undefined ? PATIENCE : 2 * TEST_TIMEOUT,
    })
    const ids = new Set(tests.testIds)
    try {
      // The sources count as loaded by nobody, the body of the test file as part of each of its tests.
      if (instrumented.mutantCoverage) await this.importFile(tests.filepath, 'collect')
      instrumented.currentTestId = `${FILE_PREFIX}${tests.filepath}`
      const [file] = (await startTests([tests], this)) as RunnerTestFile[]
      if (file === undefined) throw new Error(`no test file ${tests.filepath}`)
      const ran: RanTest[] = testsOf(file.tasks)
        .filter(({ id }) => ids.size === 0 || ids.has(id))
        .map((test) => ({
          id: test.id,
          name: test.fullTestName,
          file: file.filepath,
          milliseconds: test.result?.duration ?? 0,
          state:
            test.result?.state === 'fail'
              ? 'failed'
              : test.result?.state === 'pass'
                ? 'passed'
                : 'skipped',
          ...(test.result?.errors?.[0] && { failure: test.result.errors[0].message }),
        }))
      const whole = suiteFailure(file) ?? this.#rejections.map(String)[0]
      if (whole !== undefined && ran.every(({ state }) => state !== 'failed')) {
        ran.unshift({
          id: file.filepath,
          name: file.name,
          file: file.filepath,
          milliseconds: 0,
          state: 'failed',
          failure: whole,
        })
      }
      return ran
    } finally {
      instrumented.activeMutant = undefined
      instrumented.currentTestId = undefined
      vi.resetConfig()
      vi.useRealTimers()
      vi.unstubAllGlobals()
      vi.restoreAllMocks()
    }
  }
}

/** The failure of a file or suite that no test stands for: a body or a hook that throws. */
function suiteFailure(suite: RunnerTestFile | RunnerTestFile['tasks'][number]): string | undefined {
  if (suite.type !== 'suite') return undefined
  return (
    suite.result?.errors?.[0]?.message ??
    suite.tasks.map((task) => suiteFailure(task)).find((failure) => failure !== undefined)
  )
}
