import { defineConfig } from 'vitest/config'

/** The tier that builds the site and looks at it in a real browser: without Chromium it fails. */
export default defineConfig({
  test: {
    include: ['test/site/**/*.test.ts'],
    globalSetup: ['test/site/support/global-setup.ts'],
    // One browser at a time.
    fileParallelism: false,
    testTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // Every page is visited before the first test. And Chromium may have to be installed.
    hookTimeout: 600_000,
  },
})
