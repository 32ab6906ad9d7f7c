import { globSync, readFileSync } from 'node:fs'
import { configDefaults, defineConfig } from 'vitest/config'

// Tests of single rooms, which leave the process as they found it.
const ROOMS = 'test/{unit,faults}/**/*.test.ts'
// Not those that replace globals, as msw, @hono/node-server and fake timers do. undici keeps a timer of
// its own for the whole process: one that it took while timers were fake would never run.
const REPLACES_GLOBALS = globSync(ROOMS).filter((file) =>
  /from '(?:msw|@hono\/node-server)\b|useFakeTimers/.test(readFileSync(file, 'utf8')),
)

export default defineConfig({
  test: {
    // Real servers and real key generation: on a busy machine a slow test is not a wrong one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests often wait, for a socket or for a token to expire. Fewer workers leave a core idle.
    maxWorkers: '150%',
    maxConcurrency: 10,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: [ROOMS],
          exclude: [...configDefaults.exclude, ...REPLACES_GLOBALS],
          // Loading what is tested takes longer than testing it, so files share their modules.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          // These need a real Keycloak, a real browser, real proxies and a real Redis: npm run
          // test:keycloak, npm run test:browser, npm run test:proxy, npm run test:redis.
          include: [
            'test/*.test.ts',
            'test/!(unit|faults|keycloak|browser|proxy|redis)/**/*.test.ts',
            ...REPLACES_GLOBALS,
          ],
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
