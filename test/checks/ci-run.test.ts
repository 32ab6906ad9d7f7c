import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { failureLines, type TierRun } from '../../scripts/ci-failures.ts'

const FOLDER = '/home/me/project'
const GREEN = { numPassedTests: 1, testResults: [{ name: 'a.test.ts', status: 'passed' }] }
const tierRun = (run: Partial<TierRun>): TierRun => ({
  tier: 'test',
  exitCode: 0,
  report: GREEN,
  log: '',
  ...run,
})

/** A report with failed tests of one file, each with this message. */
const failed = (messages: readonly string[]) => ({
  numPassedTests: 7,
  testResults: [
    {
      name: `${FOLDER}/test/unit/a.test.ts`,
      status: 'failed',
      assertionResults: messages.map((message, at) => ({
        status: 'failed',
        fullName: `a thing works, number ${at}`,
        failureMessages: [message],
      })),
    },
  ],
})

describe('the list of what failed', () => {
  it('is empty after a green run', () => {
    expect(failureLines([tierRun({})], FOLDER)).toEqual([])
  })

  it('names tier, file and test, with the message and the line of the test', () => {
    const message = `\u001b[31mAssertionError: expected 1 to be 2\u001b[39m\n    at ${FOLDER}/test/unit/a.test.ts:3:4\n    at file://${FOLDER}/node_modules/x.js:5:6`
    const report = failed([message])
    expect(failureLines([tierRun({ tier: 'test:redis', exitCode: 1, report })], FOLDER)).toEqual([
      '\nFailed (1):',
      'test:redis: test/unit/a.test.ts > a thing works, number 0',
      '    AssertionError: expected 1 to be 2',
      '        at test/unit/a.test.ts:3:4',
      '        at node_modules/x.js:5:6',
    ])
  })

  it('names a file that could not be loaded', () => {
    const testResults = [{ name: `${FOLDER}/b.test.ts`, status: 'failed', message: 'No such file' }]
    const report = { numPassedTests: 3, testResults }
    expect(failureLines([tierRun({ exitCode: 1, report })], FOLDER)).toEqual([
      '\nFailed (1):',
      'test: b.test.ts failed as a whole',
      '    No such file',
    ])
  })

  it('shows the end of what a tier wrote that failed without a failed test', () => {
    const log = 'src/a.ts(1,2): error TS2322\n\nnpm error Lifecycle script failed\n'
    expect(failureLines([tierRun({ exitCode: 2, report: undefined, log })], FOLDER)).toEqual([
      '\nFailed (1):',
      'test: failed without a failed test (exit code 2). It ended with:',
      '    src/a.ts(1,2): error TS2322',
    ])
    expect(failureLines([tierRun({ report: undefined })], FOLDER)[1]).toContain('no test ran')
  })

  it('shows an error outside of any test, also beside failed tests', () => {
    const log = '⎯⎯ Unhandled Rejection ⎯⎯\nError: too late\n\n Tests  1 passed\n'
    const lines = failureLines([tierRun({ exitCode: 1, report: failed(['no']), log })], FOLDER)
    expect(lines.slice(3)).toEqual([
      'test: an error outside of any test (exit code 1)',
      '    Error: too late',
      '     Tests  1 passed',
    ])
  })

  it.each([1, 2, 5, 20, 59, 60, 500])('has at most 60 lines for %i long messages', (count) => {
    const long = Array.from({ length: 100 }, (_, at) => `line ${at} ${'x'.repeat(1000)}`).join('\n')
    const report = failed(Array(count).fill(long))
    const lines = failureLines([tierRun({ exitCode: 1, report })], FOLDER)
    expect(lines.length).toBeLessThanOrEqual(60)
    expect(lines.length).toBeGreaterThan(30)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(350)
    if (count < 60) expect(lines.join('\n')).toContain(`number ${count - 1}`)
    else expect(lines.at(-1)).toBe('… and more: see above')
  })
})

describe('.ci/run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ci-run-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  /** Runs `.ci/run` with a program in the place of npm: it ends every tier, and some of them badly. */
  function ciRun(npm: string) {
    for (const file of ['.ci/run', 'scripts/ci-failures.ts']) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      cpSync(file, join(folder, file))
    }
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    mkdirSync(join(folder, 'bin'), { recursive: true })
    writeFileSync(join(folder, 'bin/npm'), `#!/usr/bin/env bash\n${npm}\n`, { mode: 0o755 })
    const path = [join(folder, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter)
    const { stdout, status } = spawnSync('bash', ['.ci/run'], {
      cwd: folder,
      env: { ...process.env, PATH: path },
      encoding: 'utf8',
    })
    return { status, lines: stdout.trimEnd().split('\n') }
  }
  const report = (object: object) =>
    `echo '${JSON.stringify(object)}' > "node_modules/.cache/reports/\${2//:/-}.json"`

  it('ends with the sum', () => {
    const { status, lines } = ciRun(`[ $1 = ci ] || ${report(GREEN)}`)
    const tiers = lines.filter((line) => line.endsWith(': 1 passed, 0 failed (exit code 0)'))
    expect(lines.at(-1)).toBe(`${tiers.length} passed, 0 failed`)
    expect(tiers.length).toBeGreaterThan(3)
    expect(lines.join()).not.toContain('Failed')
    expect(status).toBe(0)
  })

  it('says before the sum what failed, and shows what the tiers write', () => {
    const red = { ...failed(['expected 1 to be 2']), numFailedTests: 1 }
    const { status, lines } = ciRun(`
      if [ $1 = ci ]; then exit 0; fi
      case $2 in
        test:redis) ${report(red)}; exit 1 ;;
        test:site) echo 'no Chromium here' >&2; exit 3 ;;
        *) ${report(GREEN)} ;;
      esac`)
    expect(lines.slice(-6)).toEqual([
      'Failed (2):',
      `test:redis: ${FOLDER}/test/unit/a.test.ts > a thing works, number 0`,
      '    expected 1 to be 2',
      'test:site: failed without a failed test (exit code 3). It ended with:',
      '    no Chromium here',
      expect.stringMatching(/^\d+ passed, 2 failed$/),
    ])
    expect(lines.indexOf('no Chromium here')).toBeGreaterThan(0)
    expect(status).toBe(1)
  })

  it('ends with the sum although npm ci failed', () => {
    const { status, lines } = ciRun('exit 1')
    expect(lines).toEqual(['0 passed, 1 failed'])
    expect(status).toBe(1)
  })
})
