import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

// The example imports the package by its name, and therefore needs a build.

it('the example of docs/testing.md passes with node:test', async () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const command = ['--test', '--test-reporter=tap', 'examples/testing/server.test.ts']
  const { stdout } = await promisify(execFile)(process.execPath, command, { env })
  expect(stdout).toMatch(/^# pass 4$/m)
  expect(stdout).toMatch(/^# fail 0$/m)
})
