#!/usr/bin/env node
// Only this import is static. On an old Node it still works, and the message about the version is printed.
import { unsupportedNode } from '../node-version/unsupported-node.ts'

const fault = unsupportedNode()
if (fault === undefined) {
  const { runCommandLine } = await import('./command-line.ts')
  // Whoever reads the output may close it early, as `head` does. The part that nobody read may name a fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(1)
  })
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
