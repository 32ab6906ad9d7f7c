import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { CliError } from './cli-error.ts'

/** The most bytes that are read of a file or of standard input. @internal */
export const MOST_BYTES = 1_048_576

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
    throw unreadable(option, error)
  }
  try {
    if (fstatSync(file).isDirectory()) throw new CliError(`${option} names a folder, not a file`)
    // The size of a pipe or a device is unknown, so the bytes are counted.
    const bytes = Buffer.alloc(MOST_BYTES + 1)
    let length = 0
    for (let read = -1; read !== 0 && length <= MOST_BYTES; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null)
    }
    if (length > MOST_BYTES) throw new CliError(`${option}: the file ${TOO_LONG}`)
    return bytes.subarray(0, length)
  } catch (error) {
    throw error instanceof CliError ? error : unreadable(option, error)
  } finally {
    closeSync(file)
  }
}

/** @internal */
export const TOO_LONG = `has more than ${MOST_BYTES} bytes`

/**
 * Reads a secret from a file that an option names, without the blanks and line breaks around it.
 *
 * @throws {CliError} naming the option, if the file cannot be read or holds nothing
 * @internal
 */
export function readSecretOf(option: string, path: string): string {
  const secret = Buffer.from(readFileOf(option, path)).toString('utf8').trim()
  if (secret === '') throw new CliError(`${option}: the file is empty`)
  return secret
}

function unreadable(option: string, error: unknown): CliError {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException
  return new CliError(`${option}: the file cannot be read (${code})`)
}
