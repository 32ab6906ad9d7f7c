import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { CliError, CommandFailed } from './cli-error.ts'
import type { CommandContext } from './command-context.ts'

/** The most bytes that are read. */
const MOST = 1_048_576

/** The keys that end what is typed: Ctrl-C, Ctrl-D and Enter. */
const ENDS: ReadonlySet<number> = new Set([0x03, 0x04, 0x0a, 0x0d])

const TOO_LONG = `has more than ${MOST} bytes`

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
    if (length > MOST) throw new CliError(`standard input ${TOO_LONG}; expected one access token`)
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

/**
 * Reads a file that an option names.
 *
 * @throws {CliError} naming the option, if the file cannot be read or has more than 1 MiB
 * @internal
 */
export function readFileOf(option: string, path: string): Uint8Array {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CliError(`${option}: the file cannot be opened (${code ?? 'unknown error'})`)
  }
  try {
    if (fstatSync(file).isDirectory()) throw new CliError(`${option} names a folder, not a file`)
    // The size of a pipe or a device is unknown, so the bytes are counted.
    const bytes = Buffer.alloc(MOST + 1)
    let length = 0
    for (let read = -1; read !== 0 && length <= MOST; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null)
    }
    if (length > MOST) throw new CliError(`${option}: the file ${TOO_LONG}`)
    return bytes.subarray(0, length)
  } catch (error) {
    if (error instanceof CliError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new CliError(`${option}: the file cannot be read (${code ?? 'unknown error'})`)
  } finally {
    closeSync(file)
  }
}
