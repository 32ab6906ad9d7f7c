import { CliError, CommandFailed } from './cli-error.ts'
import type { CommandContext } from './command-context.ts'
import { MOST_BYTES, TOO_LONG } from './read-file.ts'

/** The keys that end what is typed: Ctrl-C, Ctrl-D and Enter. */
const ENDS: ReadonlySet<number> = new Set([0x03, 0x04, 0x0a, 0x0d])

/** The terminal as standard input. In raw mode it shows nothing, and a line may be longer than 4095 characters. */
interface RawTerminal {
  setRawMode(raw: boolean): unknown
}

/**
 * Reads all of standard input, or what is typed into a terminal until Enter. Typed text is not shown.
 *
 * @param prompt is written to standard error if standard input is a terminal
 * @throws {CliError} if there is more than 1 MiB
 * @throws {CommandFailed} if Ctrl-C is pressed
 * @internal
 */
export async function readInput(
  { input, complain }: Pick<CommandContext, 'input' | 'complain'>,
  prompt: string,
): Promise<Uint8Array> {
  if (input.isTTY !== true) return readAll(input, () => false)
  const terminal = input as Partial<RawTerminal>
  complain(prompt)
  terminal.setRawMode?.(true)
  try {
    return typed(await readAll(input, (chunk) => chunk.some((byte) => ENDS.has(byte))))
  } finally {
    terminal.setRawMode?.(false)
    complain('\n')
  }
}

/** Reads until the end, or until a chunk is the last. Leaving the loop closes standard input. */
async function readAll(
  input: CommandContext['input'],
  isLast: (chunk: Uint8Array) => boolean,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of input) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    length += bytes.length
    if (length > MOST_BYTES)
      throw new CliError(`standard input ${TOO_LONG}; expected one access token`)
    chunks.push(bytes)
    if (isLast(bytes)) break
  }
  return Buffer.concat(chunks)
}

/** What somebody has typed in raw mode: Ctrl-C ends the command, Ctrl-D the input, and Backspace works. */
function typed(bytes: Uint8Array): Uint8Array {
  const kept: number[] = []
  for (const byte of bytes) {
    if (byte === 0x03) throw new CommandFailed('cancelled')
    if (byte === 0x04) break
    if (byte === 0x7f) kept.pop()
    else kept.push(byte)
  }
  return Uint8Array.from(kept)
}
