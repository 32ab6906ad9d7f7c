/**
 * Puts the same cases to resource servers in Node, Bun and Deno, and the package to bundlers and to
 * Jest. A runtime that does not start fails all of its cases: nothing is passed over.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cases as all } from '../conformance/cases.ts'
import type { Case } from '../conformance/driver.ts'
import { type Engine, type Runtime, startEngine } from './driver.ts'
import { packed } from './packed.ts'
import { tools } from './tools.ts'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

/** A handler of the fetch adapter has no parser before it. */
const cases = all.filter(({ parsesFirst }) => !parsesFirst)

const RUNTIMES: readonly Runtime[] = [
  { name: 'Node', command: process.execPath, args: [] },
  { name: 'Bun', command: path('engines/node_modules/.bin/bun'), args: ['--no-install', 'run'] },
  {
    name: 'Deno',
    command: path('engines/node_modules/.bin/deno'),
    // The permissions that a server with this package needs, and no others.
    args: [
      'run',
      '--quiet',
      '--no-prompt',
      '--no-remote',
      '--no-lock',
      '--node-modules-dir=manual',
      '--allow-net=127.0.0.1',
      '--allow-env',
    ],
  },
]
const REPORTS = path('../../node_modules/.cache/reports/')

/** A test as Vitest's JSON reporter writes it. */
interface Result {
  readonly ancestorTitles: readonly string[]
  readonly fullName: string
  readonly title: string
  readonly status: 'passed' | 'failed'
  readonly duration: number
  readonly failureMessages: readonly string[]
}

async function tried(runtime: string, title: string, work: () => Promise<void>): Promise<Result> {
  const started = performance.now()
  let failure: string | undefined
  try {
    await work()
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const duration = performance.now() - started
  console.log(
    `${failure === undefined ? '✓' : '✗'} ${runtime}: ${title} (${Math.round(duration)} ms)`,
  )
  if (failure !== undefined) console.log(failure.replace(/^/gm, '    '))
  return {
    ancestorTitles: [runtime],
    fullName: `${runtime} ${title}`,
    title,
    status: failure === undefined ? 'passed' : 'failed',
    duration,
    failureMessages: failure === undefined ? [] : [failure],
  }
}

async function resultsOf(runtime: Runtime, suite: readonly Case[]): Promise<Result[]> {
  let engine: Engine | undefined
  const results = [
    await tried(runtime.name, 'starts', async () => {
      engine = await startEngine(runtime)
      console.log(`  ${engine.version}`)
    }),
  ]
  for (const one of suite) {
    const result = await tried(runtime.name, one.name, async () => {
      if (engine === undefined) throw new Error(`${runtime.name} did not start`)
      await engine.run(one)
    })
    results.push(result)
  }
  await engine?.[Symbol.asyncDispose]()
  return results
}

type Trial = (typeof tools)[number]

async function resultsOfTrials(what: string, trials: readonly Trial[]): Promise<Result[]> {
  const results: Result[] = []
  for (const { name, run } of trials) results.push(await tried(what, name, run))
  return results
}

const groups: readonly { name: string; run(): Promise<Result[]> }[] = [
  ...RUNTIMES.map((runtime) => ({ name: runtime.name, run: () => resultsOf(runtime, cases) })),
  { name: 'Tools', run: () => resultsOfTrials('Tools', tools) },
  { name: 'Packed', run: () => resultsOfTrials('Packed', packed) },
]

const startTime = Date.now()
const testResults = []
for (const { name, run } of groups) {
  const begun = Date.now()
  const assertionResults = await run()
  const failed = assertionResults.some(({ status }) => status === 'failed')
  testResults.push({
    name,
    status: failed ? 'failed' : 'passed',
    message: '',
    startTime: begun,
    endTime: Date.now(),
    assertionResults,
  })
}

const results = testResults.flatMap(({ assertionResults }) => assertionResults)
const numPassedTests = results.filter(({ status }) => status === 'passed').length
const numFailedTests = results.length - numPassedTests
const success =
  numFailedTests === 0 &&
  numPassedTests === RUNTIMES.length * (cases.length + 1) + tools.length + packed.length
const report = {
  numTotalTests: results.length,
  numPassedTests,
  numFailedTests,
  numPendingTests: 0,
  numTodoTests: 0,
  startTime,
  success,
  testResults,
}
await mkdir(REPORTS, { recursive: true })
await writeFile(`${REPORTS}test-runtimes.json`, JSON.stringify(report))
console.log(`\n${numPassedTests} passed, ${numFailedTests} failed`)
// Something left open, here or in a test's server, must not keep the verdict from being given.
process.exit(success ? 0 : 1)
