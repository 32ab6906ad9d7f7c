import { defineConfig } from 'vitest/config'

/** The tier that needs a real browser and a real Keycloak: without one of them it fails. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/support/global-setup.ts'],
    // One browser at a time.
    fileParallelism: false,
    testTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    // The first file may have to install Chromium.
    hookTimeout: 600_000,
  },
})
