import { defineConfig } from 'vitest/config'

/** The tier of published vectors, and of the comparison with other verifiers. It needs no server. */
export default defineConfig({
  test: {
    include: ['test/vectors/**/*.test.ts', 'test/differential/**/*.test.ts'],
    testTimeout: 120_000,
  },
})
