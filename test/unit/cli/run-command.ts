import { runCommandLine } from '../../../src/cli/command-line.ts'

export interface CommandRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line with its own environment and standard input. Output is not a terminal. */
export async function runCommand(
  args: readonly string[],
  {
    environment = {},
    input = '',
    isTerminal = false,
  }: {
    readonly environment?: Readonly<Record<string, string | undefined>>
    readonly input?: string | Uint8Array
    readonly isTerminal?: boolean
  } = {},
): Promise<CommandRun> {
  const printed = { out: '', err: '' }
  async function* read() {
    yield input
  }
  const code = await runCommandLine(args, {
    print: (text) => {
      printed.out += text
    },
    complain: (text) => {
      printed.err += text
    },
    environment,
    input: read(),
    isTerminal,
  })
  return { code, ...printed }
}
