import { defineConfig } from 'vitest/config'

// Other inputs at each run. A run is repeated with the seed that it prints.
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
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
