import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.ts'

it('mcp-resource-server --version prints the version of the package, and nothing else', () => {
  let printed = ''
  const code = runCommandLine(
    ['--version'],
    (text) => {
      printed += text
    },
    (text) => expect.fail(text),
  )
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect({ code, printed }).toEqual({ code: 0, printed: `${version}\n` })
})
