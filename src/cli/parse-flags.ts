import { type ParseArgsConfig, parseArgs } from 'node:util'
import { nearestOption } from '../options/nearest-option.ts'
import { CliError } from './cli-error.ts'

type Flags = NonNullable<ParseArgsConfig['options']>

/**
 * Parses the flags of a command.
 *
 * @throws {CliError} naming the flag, and the one that was probably meant
 * @internal
 */
export function parseFlags<const F extends Flags>(
  args: readonly string[],
  options: F,
): ReturnType<typeof parseArgs<{ args: string[]; options: F }>>['values'] {
  return namingFlags(options, () => parseArgs({ args: [...args], options }).values)
}

/**
 * Parses the flags and the other arguments of a command.
 *
 * @throws {CliError} naming the flag, and the one that was probably meant
 * @internal
 */
export function parseArguments<const F extends Flags>(
  args: readonly string[],
  options: F,
): ReturnType<typeof parseArgs<{ args: string[]; options: F; allowPositionals: true }>> {
  return namingFlags(options, () =>
    parseArgs({ args: [...args], options, allowPositionals: true as const }),
  )
}

function namingFlags<T>(options: Flags, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    // Keep only the first sentence of Node's message, which names the option.
    const [message = ''] = (error as Error).message.split('. ')
    const [, unknown] = /^Unknown option '--([^']+)'/.exec(message) ?? []
    const meant = unknown && nearestOption(unknown, Object.keys(options))
    throw new CliError(meant ? `${message}: did you mean --${meant}?` : message)
  }
}
