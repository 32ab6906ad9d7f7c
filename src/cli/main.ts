#!/usr/bin/env node
// Only this import is static. On an old Node it still works, and the message about the version is printed.
import { unsupportedNode } from '../node-version/unsupported-node.ts'

const fault = unsupportedNode()
if (fault === undefined) {
  const { runCommandLine } = await import('./command-line.ts')
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    print: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
    environment: process.env,
    input: process.stdin,
    isTerminal: process.stdout.isTTY === true,
  })
} else {
  process.stderr.write(`${fault}\n`)
  process.exitCode = 1
}
