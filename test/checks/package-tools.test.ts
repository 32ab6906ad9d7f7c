import { execFile } from 'node:child_process'
import { expect, it } from 'vitest'

it('the package passes publint and attw', async () => {
  const faults = await new Promise<string>((resolve) => {
    // Without the scripts: `prepack` would remove the built package, which other tests use meanwhile.
    const args = ['run', 'check:package', '--ignore-scripts']
    execFile('npm', args, (error, stdout, stderr) => resolve(error ? stdout + stderr : ''))
  })
  expect(faults).toBe('')
})
