import { configDefaults, defineConfig } from 'vitest/config'

const TESTS = 'test/**/*.test.ts'
// Needs a real Keycloak: npm run test:keycloak.
const KEYCLOAK = 'test/keycloak/**'
// Tests of single rooms, which leave the process as they found it. The two that are named do not:
// msw and @hono/node-server replace globals.
const ROOMS = 'test/{unit,faults}/**/!(http-fetch-msw|body-parsing).test.ts'

export default defineConfig({
  test: {
    // Real servers and real key generation: on a busy machine a slow test is not a wrong one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests often wait, for a socket or for a token to expire. The default leaves a core idle.
    maxWorkers: '100%',
    maxConcurrency: 10,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: [ROOMS],
          // Loading what is tested takes longer than testing it, so files share their modules.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: [TESTS],
          exclude: [...configDefaults.exclude, KEYCLOAK, ROOMS],
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: 'test/types/tsconfig.json',
          },
        },
      },
    ],
  },
})
