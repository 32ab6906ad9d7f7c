import { readFileSync } from 'node:fs'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import { CliError, CommandFailed } from './cli-error.ts'
import { realmCommand } from './realm-command.ts'
import { streamCommand } from './stream-command.ts'

const USAGE = `Usage: mcp-resource-server <command> [options]

Commands:
  realm    writes a Keycloak realm for an MCP server
  stream   sets up the stream of security events of an authorization server

mcp-resource-server <command> --help shows the options of a command.
mcp-resource-server --version shows the version of this package.
`

/**
 * Runs a command line.
 *
 * @param args the arguments, without the name of the program
 * @param print writes to standard output
 * @param complain writes to standard error
 * @returns the exit code: 0, 1 if the command failed, or 2 if the command line is wrong; a promise of it
 * only for a command that has to wait
 */
export function runCommandLine(
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): MaybePromise<number> {
  const [command, ...rest] = args
  const failed = (error: unknown): number => {
    if (error instanceof CommandFailed) {
      complain(`mcp-resource-server: ${error.message}\n`)
      return 1
    }
    if (!(error instanceof CliError)) throw error
    complain(`mcp-resource-server: ${error.message}\n`)
    const isKnown = command === 'realm' || command === 'stream'
    complain(isKnown ? `mcp-resource-server ${command} --help shows the options.\n` : `\n${USAGE}`)
    return 2
  }
  try {
    if (command === 'stream') {
      return streamCommand(rest, print, environment).then(() => 0, failed)
    }
    if (command === 'realm') realmCommand(rest, print, complain)
    else if (command === '--help' || command === '-h') print(USAGE)
    else if (command === '--version') print(`${version()}\n`)
    else throw new CliError(command === undefined ? 'no command' : `unknown command ${command}`)
    return 0
  } catch (error) {
    return failed(error)
  }
}

function version(): string {
  // This path is right both in dist/cli/ and in src/cli/.
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}
