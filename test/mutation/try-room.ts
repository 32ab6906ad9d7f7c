/** Runs Stryker over some files of one room. */
import { globSync } from 'node:fs'
import { relative } from 'node:path'
import type { MutantResult } from '@stryker-mutator/api/core'
import { Stryker } from '@stryker-mutator/core'
import type { Room } from './rooms.ts'

/**
 * The results by file. A file may be followed by its lines: `src/token/scope.ts:10-20`.
 *
 * A mutant that is not tried before the deadline, in milliseconds since 1970, has the status `RuntimeError`.
 */
export async function tryRoom(
  room: Room,
  sources: readonly string[],
  deadline = Number.POSITIVE_INFINITY,
): Promise<Map<string, MutantResult[]>> {
  const stryker = new Stryker({
    testRunner: 'warm-vitest',
    plugins: [`${import.meta.dirname}/warm/plugin.ts`],
    ignorers: ['prose'],
    mutate: [...sources],
    testFilesOfRoom: globSync(room.tests as string[]).sort(),
    triedUntil: String(deadline),
    // Stryker reads tsconfig files with an interface of TypeScript that version 7 does not have. It skips a file
    // that does not exist. Tests do not need the compiler.
    tsconfigFile: 'none.json',
    checkers: [],
    coverageAnalysis: 'perTest',
    concurrency: 2,
    reporters: ['survivors'],
    allowConsoleColors: false,
    logLevel: 'warn' as never,
    tempDirName: '.cache/stryker',
    ignorePatterns: ['site', 'bench', '.cache'],
    timeoutMS: 120_000,
    dryRunTimeoutMinutes: 30,
    warnings: { slow: false, unknownOptions: false },
  } as never)
  const byFile = new Map<string, MutantResult[]>()
  for (const result of await stryker.runMutationTest()) {
    const file = relative(process.cwd(), result.fileName)
    byFile.set(file, [...(byFile.get(file) ?? []), result])
  }
  return byFile
}
