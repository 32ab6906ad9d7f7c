import { NoTokenError, type PastedToken, readPastedToken } from '../explain/pasted-token.ts'
import { CliError } from './cli-error.ts'
import type { CommandContext } from './command-context.ts'
import { readFileOf } from './read-file.ts'
import { readInput } from './read-input.ts'

const PROMPT = 'Paste the access token (it is not shown), then press Enter: '

/**
 * Reads the access token that a command is about.
 *
 * @param file the value of `--token-file`; `-` is standard input
 * @throws {CliError} if there is no token, or more than one. The message quotes nothing of the input.
 * @internal
 */
export async function readToken(
  file: string,
  context: Pick<CommandContext, 'input' | 'complain'>,
): Promise<PastedToken> {
  return file === '-'
    ? tokenIn('standard input', await readInput(context, PROMPT))
    : tokenIn('--token-file', readFileOf('--token-file', file))
}

/** @param where where the input comes from @throws {CliError} naming it @internal */
export function tokenIn(where: string, input: Uint8Array): PastedToken {
  try {
    return readPastedToken(input)
  } catch (error) {
    if (error instanceof NoTokenError) throw new CliError(`${where}: ${error.message}`)
    throw error
  }
}
