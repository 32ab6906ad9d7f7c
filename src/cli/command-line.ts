import { readFileSync } from 'node:fs'
import { CliError, realmCommand } from './realm-command.ts'

const USAGE = `Usage: mcp-resource-server <command> [options]

Commands:
  realm    writes a Keycloak realm for an MCP server

mcp-resource-server <command> --help shows the options of a command.
mcp-resource-server --version shows the version of this package.
`

/**
 * Runs a command line.
 *
 * @param args the arguments, without the name of the program
 * @param print writes to standard output
 * @param complain writes to standard error
 * @returns the exit code: 0, or 2 if the command line is wrong
 */
export function runCommandLine(
  args: readonly string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): number {
  const [command, ...rest] = args
  try {
    if (command === 'realm') realmCommand(rest, print, complain)
    else if (command === '--help' || command === '-h') print(USAGE)
    else if (command === '--version') print(`${version()}\n`)
    else throw new CliError(command === undefined ? 'no command' : `unknown command ${command}`)
    return 0
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    const help = command === 'realm' ? 'mcp-resource-server realm --help' : undefined
    complain(`mcp-resource-server: ${error.message}\n`)
    complain(help === undefined ? `\n${USAGE}` : `${help} shows the options.\n`)
    return 2
  }
}

function version(): string {
  // This path is right both in dist/cli/ and in src/cli/.
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}
