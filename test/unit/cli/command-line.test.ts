import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runCommand } from './run-command.ts'

it('mcp-resource-server --version prints the version of the package, and nothing else', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(await runCommand(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
})
