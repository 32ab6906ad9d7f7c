import { defineConfig } from 'vitest/config'

/** The tier that needs a real Prometheus, and fails where it cannot be installed. */
export default defineConfig({
  test: {
    include: ['test/telemetry/**/*.test.ts'],
    globalSetup: ['test/telemetry/support/global-setup.ts'],
    // One example at a time: OpenTelemetry's SDK is one for the process, and its port too.
    fileParallelism: false,
    testTimeout: 400_000,
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 400_000,
  },
})
