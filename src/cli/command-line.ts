import { readFileSync } from 'node:fs'
import { isThenable, type MaybePromise } from '../storage/maybe-promise.ts'
import { CliError, CommandFailed } from './cli-error.ts'
import type { CommandContext } from './command-context.ts'
import { doctorCommand } from './doctor-command.ts'
import { explainCommand } from './explain-command.ts'
import { realmCommand } from './realm-command.ts'
import { safeMessage } from './safe-message.ts'
import { streamCommand } from './stream-command.ts'

interface Command {
  readonly summary: string
  /** @returns the exit code */
  readonly run: (args: readonly string[], context: CommandContext) => MaybePromise<number>
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    'doctor',
    { summary: 'looks at a running server, and says what is wrong with it', run: doctorCommand },
  ],
  [
    'explain',
    { summary: 'says of a token which rules hold and which do not', run: explainCommand },
  ],
  [
    'realm',
    {
      summary: 'writes a Keycloak realm for an MCP server',
      run(args, { print, complain }) {
        realmCommand(args, print, complain)
        return 0
      },
    },
  ],
  [
    'stream',
    {
      summary: 'sets up the stream of security events of an authorization server',
      run: (args, { print, environment }) => streamCommand(args, print, environment).then(() => 0),
    },
  ],
])

const USAGE = `Usage: mcp-resource-server <command> [options]

Commands:
${[...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}\n`).join('')}
mcp-resource-server <command> --help shows the options of a command.
mcp-resource-server --version shows the version of this package.
`

/**
 * Runs a command line.
 *
 * @param args the arguments, without the name of the program
 * @returns the exit code: 0, 1 if the command failed or found a fault, or 2 if the command line is wrong;
 * a promise of it only for a command that has to wait
 */
export function runCommandLine(
  args: readonly string[],
  context: CommandContext,
): MaybePromise<number> {
  const [name, ...rest] = args
  const { print, complain } = context
  const command = name === undefined ? undefined : COMMANDS.get(name)
  const failed = (error: unknown): number => {
    if (!(error instanceof CommandFailed) && !(error instanceof CliError)) throw error
    complain(`mcp-resource-server: ${safeMessage(error.message)}\n`)
    if (error instanceof CommandFailed) return 1
    complain(
      command === undefined
        ? `\n${USAGE}`
        : `mcp-resource-server ${name} --help shows the options.\n`,
    )
    return 2
  }
  try {
    if (command !== undefined) {
      const code = command.run(rest, context)
      return isThenable(code) ? code.catch(failed) : code
    }
    if (name === '--help' || name === '-h') print(USAGE)
    else if (name === '--version') print(`${version()}\n`)
    else throw new CliError(name === undefined ? 'no command' : `unknown command ${name}`)
    return 0
  } catch (error) {
    return failed(error)
  }
}

function version(): string {
  // This path is right both in dist/cli/ and in src/cli/.
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}
