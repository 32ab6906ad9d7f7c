// Takes security checks out, one at a time, and demands that some test goes red.
//
// `npm run test:mutants` tries them all; `npm run test:mutants -- audience 'any issuer'` those whose
// name holds one of the texts. The tests run on a copy, so that an interrupted run leaves no mutant
// behind.
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { MUTANTS, type Mutant } from './mutants-list.ts'

const ROOT = resolve(import.meta.dirname, '..')
const CACHE = join(ROOT, '.cache/mutants')
const WORKERS = 2

/** A stream that never ends is noticed by the time that a test may take. */
const ONCE = ['--bail=1', '--reporter=default', '--no-color', '--testTimeout=15000']

const { positionals } = parseArgs({ allowPositionals: true })
const chosen = MUTANTS.filter(
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

function runTests(folder: string): Promise<{ passed: boolean; output: string }> {
  return new Promise((done) => {
    const child = spawn(
      'vitest',
      ['run', 'test/unit', 'test/faults', 'test/conformance', ...ONCE],
      { cwd: folder, shell: false },
    )
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => done({ passed: code === 0, output }))
  })
}

function mutate(folder: string, { file, find, replace, name }: Mutant): () => void {
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
    const { passed, output } = await runTests(folder)
    if (!passed) throw new Error(`the tests are red without a mutant:\n${output}`)
  }
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const restore = mutate(folder, mutant)
    const { passed, output } = await runTests(folder)
    restore()
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
