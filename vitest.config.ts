import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real servers and real key generation: on a busy machine a slow test is not a wrong one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
