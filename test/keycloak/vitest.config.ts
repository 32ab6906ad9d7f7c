import { defineConfig } from 'vitest/config'

/** The tier that needs a real Keycloak: one is started for all of it, and fails it where it cannot. */
export default defineConfig({
  test: {
    include: ['test/keycloak/**/*.test.ts'],
    globalSetup: ['test/keycloak/support/global-setup.ts'],
    // One server for all: a file that stops it must not meet another that uses it.
    fileParallelism: false,
    // Keycloak starts again in some tests. The limit only ends what hangs.
    testTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 600_000,
  },
})
