#!/usr/bin/env node
// An old Node must be able to print the message about its version, so nothing else is imported before.
import { unsupportedNode } from '../node-version/unsupported-node.ts'

const fault = unsupportedNode()
if (fault === undefined) {
  const { runCommandLine } = await import('./command-line.ts')
  process.exitCode = runCommandLine(
    process.argv.slice(2),
    (text) => process.stdout.write(text),
    (text) => process.stderr.write(text),
  )
} else {
  process.stderr.write(`${fault}\n`)
  process.exitCode = 1
}
