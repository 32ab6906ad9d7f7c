import { spawnSync } from 'node:child_process'
import { defineConfig } from 'vitest/config'

// The seed is the commit, so each change has its own inputs, and a run of one commit can be repeated anywhere.
const { stdout: commit } = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' })
const seed = Number(process.env.FUZZ_SEED ?? Number.parseInt(commit?.slice(0, 7) || '1', 16))
console.log(`FUZZ_SEED=${seed}`)

/** The tier that fuzzes: each target a number of times, on two cores. */
export default defineConfig({
  test: {
    // An input that hangs ends here.
    testTimeout: 300_000,
    projects: [0, 1].map((half) => ({
      test: {
        name: `fuzz ${half + 1}`,
        include: ['test/fuzz/**/*.test.ts'],
        testTimeout: 300_000,
        execArgv: ['--no-warnings'],
        provide: { half, seed },
      },
    })),
  },
})

declare module 'vitest' {
  export interface ProvidedContext {
    readonly half: number
    readonly seed: number
  }
}
