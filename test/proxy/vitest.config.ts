import { defineConfig } from 'vitest/config'

/** The tier that needs a real nginx and a real HAProxy, and fails where they cannot be installed. */
export default defineConfig({
  test: {
    include: ['test/proxy/**/*.test.ts'],
    globalSetup: ['test/proxy/support/global-setup.ts'],
    testTimeout: 240_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 240_000,
  },
})
