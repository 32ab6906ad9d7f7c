import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { runCommand } from './run-command.ts'

it('mcp-resource-server --version prints the version of the package, and nothing else', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(await runCommand(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
})

it('ends without a stack trace, and not as a success, if nobody reads its output', async () => {
  const child = spawn(process.execPath, ['src/cli/main.ts', '--help'])
  child.stdout.destroy()
  const [[code], complaints] = await Promise.all([once(child, 'close'), text(child.stderr)])
  expect({ code, complaints }).toEqual({ code: 1, complaints: '' })
})
