import { globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'

// A busy machine is slow. A test that compares with a clock, or that waits for a second only, then fails without a
// fault. Such a test costs more than it finds.

const filesWith = (pattern: string, text: RegExp): string[] =>
  globSync(pattern, { exclude: ['**/node_modules/**'] }).filter((file) =>
    text.test(readFileSync(file, 'utf8')),
  )

it('every tier that uses `expect.poll` gives it more than the second that is the default of Vitest', () => {
  const configurations = ['vitest.config.ts', ...globSync('test/*/vitest.config.ts')]
  const impatient = configurations.filter((file) => {
    const isPatient = /expect: \{ poll: \{ timeout: [3-9]\d_000 \} \}/.test(
      readFileSync(file, 'utf8'),
    )
    return !isPatient && filesWith(`${dirname(file)}/**/*.test.ts`, /expect\s*\.poll\(/).length > 0
  })
  expect(impatient).toEqual([])
  expect(configurations.length).toBeGreaterThan(5)
})

it('tests wait with `eventually` or `expect.poll`, because `vi.waitFor` ends after one second', () => {
  const impatient = filesWith('test/**/*.ts', /\bvi\.wait(?:For|Until)\(/)
  expect(impatient).toEqual(['test/support/decisions.ts'])
})

it('no test compares with a clock, unless it holds the time', () => {
  const compares = /expect\([^\n]*\b(?:performance|Date)\.now\(\)[^\n]*\)\.toBe(?:Less|Greater)Than/
  const held = new Set(filesWith('test/**/*.ts', /useFakeTimers/))
  expect(filesWith('test/**/*.ts', compares).filter((file) => !held.has(file))).toEqual([])
})
