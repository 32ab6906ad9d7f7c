import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { watchSecrets } from './test/support/secrets/watched-modules.ts'

const CHECKS = 'test/checks/**/*.test.ts'
const SHARED = 'test/{unit,faults,flows,conformance}/**/*.test.ts'
// Not files that replace what cannot be given back: msw, and fake timers. undici keeps a timer of its own for
// the whole process: one that it took while timers were fake would never run. Nor a test of a process warning
// that is emitted once.
const ALONE = filesWith(/from 'msw\b|useFakeTimers|MCP_INSTRUMENTATION_REPLACED/)
// They set the globals of OpenTelemetry, and enable the one instrumentation of a process. So they share their
// process with each other only.
const TELEMETRY = filesWith(/support\/spans\.ts/).filter((file) => !ALONE.includes(file))

function filesWith(text: RegExp): string[] {
  return globSync(SHARED).filter((file) => text.test(readFileSync(file, 'utf8')))
}

/**
 * Long files first. Vitest knows how long a file takes from the run before. In a first run it goes by size,
 * and the small files of test/conformance take longest.
 */
class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) =>
      project.name !== 'shared' ? 0 : moduleId.includes('/conformance/') ? 1 : 2
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}

// npm run test:secrets: a test fails if a secret that a test made comes out of the library.
const SECRETS = process.env.SECRETS === undefined ? [] : ['test/support/secrets/setup.ts']

export default defineConfig({
  plugins: SECRETS.map(watchSecrets),
  test: {
    globalSetup: SECRETS.map(() => 'test/support/secrets/counts.ts'),
    sequence: { sequencer: LongFilesFirst },
    // Real servers, real key generation, and commands that compile or pack: on a busy machine a slow test is not
    // a wrong one. The limit only ends a test that hangs.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Vitest's own limit is one second, which a busy machine needs for nothing at all.
    expect: { poll: { timeout: 30_000 } },
    // Tests often wait, for a socket or for a token to expire. Fewer workers leave a core idle. A number,
    // because a percentage is never more than one worker per core.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    maxConcurrency: 10,
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: [SHARED],
          exclude: [...configDefaults.exclude, ...ALONE, ...TELEMETRY],
          // Loading what is tested takes longer than testing it, so files share their modules.
          isolate: false,
          setupFiles: [...SECRETS, 'test/support/restore-globals.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'telemetry', include: TELEMETRY, isolate: false, setupFiles: SECRETS },
      },
      { extends: true, test: { name: 'checks', include: [CHECKS], isolate: false } },
      {
        extends: true,
        test: {
          name: 'alone',
          // These need a real Keycloak, a real browser, real proxies, a real Redis and a real Prometheus: npm
          // run test:keycloak, test:browser, test:proxy, test:redis, test:site, test:telemetry. And npm run
          // test:fuzz has other inputs at each run.
          include: [
            'test/*.test.ts',
            'test/!(checks|unit|faults|flows|conformance|keycloak|browser|proxy|redis|site|telemetry|fuzz)/**/*.test.ts',
            ...ALONE,
          ],
          setupFiles: SECRETS,
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
