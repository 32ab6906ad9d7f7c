/** Runs Stryker over some files of one room. */
import { globSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { MutantResult } from '@stryker-mutator/api/core'
import { Stryker } from '@stryker-mutator/core'
import { reasonFor } from './explained.ts'
import { mutantKey } from './mutant-key.ts'
import type { Room } from './rooms.ts'

/** Milliseconds that it takes to run all tests without a mutant. There must be more time than that. */
export const STARTING = 20_000

/**
 * The results by file. A file may be followed by its lines: `src/token/scope.ts:10-20`.
 *
 * The tests of the room try all mutants. The tests of rooms that use it try those that are left, except those with a
 * reason in explained.json. A mutant that is not tried before the deadline, in milliseconds since 1970, has the
 * status `RuntimeError`.
 */
export async function tryRoom(
  room: Room,
  sources: readonly string[],
  deadline = Number.POSITIVE_INFINITY,
): Promise<Map<string, MutantResult[]>> {
  const first = await runStryker(sources, testsOf(room.tests), deadline)
  return byFile(await tryWhatIsLeft(room, first, deadline))
}

/** Tries the mutants that the tests of the room leave, with the tests of other rooms. */
async function tryWhatIsLeft(
  room: Room,
  first: readonly MutantResult[],
  deadline: number,
): Promise<MutantResult[]> {
  const left = new Map(
    first
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .filter((result) => !isExplained(result))
      .map((result) => [keyOf(result), result]),
  )
  const tests = testsOf(room.others)
  if (left.size === 0 || tests.length === 0) return [...first]
  const second = new Map<string, MutantResult>()
  if (Date.now() + STARTING < deadline) {
    const files = [...new Set([...left.values()].map(fileOf))]
    for (const result of await runStryker(files, tests, deadline, [...left.keys()])) {
      second.set(keyOf(result), result)
    }
  }
  return first.map((result) => {
    if (!left.has(keyOf(result))) return result
    const again = second.get(keyOf(result))
    if (again?.status === 'NoCoverage') return result
    // Not tried: another room may kill it.
    return again ?? { ...result, status: 'RuntimeError' }
  })
}

function runStryker(
  sources: readonly string[],
  tests: readonly string[],
  deadline: number,
  only?: readonly string[],
): Promise<MutantResult[]> {
  const stryker = new Stryker({
    testRunner: 'warm-vitest',
    plugins: [`${import.meta.dirname}/warm/plugin.ts`],
    ignorers: ['prose'],
    mutate: [...sources],
    testFilesOfRoom: tests,
    triedUntil: String(deadline),
    ...(only && { onlyMutants: only }),
    // Stryker reads tsconfig files with an interface of TypeScript that version 7 does not have. It skips a file
    // that does not exist. Tests do not need the compiler.
    tsconfigFile: 'none.json',
    checkers: [],
    coverageAnalysis: 'perTest',
    concurrency: 2,
    reporters: ['survivors'],
    allowConsoleColors: false,
    logLevel: 'error' as never,
    tempDirName: '.cache/stryker',
    ignorePatterns: ['site', 'bench', '.cache'],
    timeoutMS: 120_000,
    dryRunTimeoutMinutes: 30,
    warnings: { slow: false, unknownOptions: false },
  } as never)
  return stryker.runMutationTest()
}

/** Tests with a fake clock last: what others leave in the process must not wait for it. */
function testsOf(patterns: readonly string[]): string[] {
  const files = globSync(patterns as string[]).sort()
  const isFake = (file: string): boolean => readFileSync(file, 'utf8').includes('useFakeTimers')
  return [...files.filter((file) => !isFake(file)), ...files.filter(isFake)]
}

function isExplained(result: MutantResult): boolean {
  const file = fileOf(result)
  const { mutatorName: mutator, replacement: becomes = '', location } = result
  const lines = readFileSync(file, 'utf8').split('\n')
  const line = (lines[location.start.line - 1] ?? '').trim()
  return reasonFor({ file, mutator, line, becomes }) !== undefined
}

const fileOf = ({ fileName }: MutantResult): string => relative(process.cwd(), fileName)
const keyOf = (result: MutantResult): string =>
  mutantKey(fileOf(result), result.mutatorName, result.replacement ?? '', result.location)

function byFile(results: readonly MutantResult[]): Map<string, MutantResult[]> {
  const files = new Map<string, MutantResult[]>()
  for (const result of results) {
    const file = fileOf(result)
    files.set(file, [...(files.get(file) ?? []), result])
  }
  return files
}
