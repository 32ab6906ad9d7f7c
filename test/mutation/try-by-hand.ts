/**
 * Tries the mutants made by hand, one at a time. A test must fail for each.
 *
 * `npm run test:mutants` tries all of them; `npm run test:mutants -- audience 'any issuer'` tries those whose names
 * contain one of these texts. The tests run on a copy of the project, so an interrupted run leaves no mutant behind.
 * The unit tests of the room come first. All others follow only if those pass.
 */
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { HAND_MADE, type HandMadeMutant } from './by-hand.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CACHE = join(ROOT, '.cache/mutants')
const WORKERS = 2

/** The time limit ends a test that waits for a stream which never ends. */
const ONCE = ['--bail=1', '--reporter=default', '--no-color', '--testTimeout=15000']
const ALL = ['test/unit', 'test/faults', 'test/conformance']

const { positionals } = parseArgs({ allowPositionals: true })
const chosen = HAND_MADE.filter(
  ({ name }) => positionals.length === 0 || positionals.some((text) => name.includes(text)),
)

function copy(worker: number): string {
  const folder = join(CACHE, String(worker))
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const entry of ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(join(ROOT, entry), join(folder, entry), { recursive: true })
  }
  for (const entry of ['examples', 'scripts', 'docs', 'dist', 'node_modules']) {
    symlinkSync(join(ROOT, entry), join(folder, entry))
  }
  return folder
}

interface Outcome {
  readonly passed: boolean
  readonly output: string
}

function runTests(folder: string, tests: readonly string[]): Promise<Outcome> {
  return new Promise((done) => {
    const child = spawn('vitest', ['run', ...tests, ...ONCE], { cwd: folder, shell: false })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => done({ passed: code === 0, output }))
  })
}

/** The folder with the unit tests of the room: `test/unit/gate` for `src/gate/answer.ts`. */
function testsOfRoom({ file }: HandMadeMutant): string | undefined {
  const folder = `test/unit/${file.split('/')[1]}`
  return existsSync(join(ROOT, folder)) ? folder : undefined
}

async function tryOn(folder: string, mutant: HandMadeMutant): Promise<Outcome> {
  const restore = mutate(folder, mutant)
  const nearest = testsOfRoom(mutant)
  const outcome = nearest === undefined ? undefined : await runTests(folder, [nearest])
  const last = outcome?.passed === false ? outcome : await runTests(folder, ALL)
  restore()
  return last
}

function mutate(folder: string, { file, find, replace, name }: HandMadeMutant): () => void {
  const path = join(folder, file)
  const source = readFileSync(path, 'utf8')
  if (source.split(find).length !== 2) {
    throw new Error(`${name}: the text to replace is not there exactly once in ${file}`)
  }
  writeFileSync(
    path,
    source.replace(find, () => replace),
  )
  return () => writeFileSync(path, source)
}

const survivors: string[] = []
const queue = [...chosen]

async function work(worker: number): Promise<void> {
  const folder = copy(worker)
  if (worker === 0) {
    const tests =
      chosen.length > 20 ? ALL : [...new Set(chosen.map((mutant) => testsOfRoom(mutant)))]
    const { passed, output } = await runTests(
      folder,
      tests.filter((test) => test !== undefined),
    )
    if (!passed) throw new Error(`the tests are red without a mutant:\n${output}`)
  }
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const { passed, output } = await tryOn(folder, mutant)
    const killer = /(?:FAIL|×)\s+(.+)/.exec(output)?.[1]?.trim() ?? 'a test'
    console.log(
      passed ? `SURVIVED  ${mutant.name}` : `killed    ${mutant.name}\n            by ${killer}`,
    )
    if (passed) survivors.push(mutant.name)
  }
}

await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)))
rmSync(CACHE, { recursive: true, force: true })
console.log(`\n${chosen.length - survivors.length} of ${chosen.length} mutants killed`)
if (survivors.length > 0 || chosen.length === 0) process.exitCode = 1
