import { describeResult } from '../explain/describe-result.ts'
import { CommandFailed } from './cli-error.ts'
import type { CommandContext } from './command-context.ts'

/**
 * Runs `mcp-resource-server explain`.
 *
 * @throws {CliError} naming the option that is wrong
 * @internal
 */
export async function explainCommand(
  _args: readonly string[],
  { print }: CommandContext,
): Promise<number> {
  print(describeResult({ rule: 'all', outcome: 'unchecked', detail: 'explain is not built yet' }))
  throw new CommandFailed('explain is not built yet')
}
