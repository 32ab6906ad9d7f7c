import { defineConfig } from 'vitest/config'

/** The tier that needs real Redis and Valkey servers, and fails where they cannot be installed. */
export default defineConfig({
  test: {
    include: ['test/redis/**/*.test.ts'],
    globalSetup: ['test/redis/support/global-setup.ts'],
    // The limit only ends what hangs.
    testTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 300_000,
    // Every file starts servers of its own.
    maxWorkers: 2,
  },
})
