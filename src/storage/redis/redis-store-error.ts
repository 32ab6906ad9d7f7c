/** The first word of an error reply of the server: `READONLY You can't write against a read only replica.` */
const REPLY = /^(?:-)?([A-Z][A-Z0-9_]{1,31}) /
/** The words with which the servers begin an error reply. */
const CODE = /^[A-Z][A-Z0-9_]{1,31}$/

/**
 * A command failed. The message has the command and a code. It has nothing else of the client's error, which
 * may name addresses, arguments and the password.
 */
export class RedisStoreError extends Error {
  override readonly name = 'RedisStoreError'

  constructor(command: string, detail: string) {
    super(`${command}: ${detail}`)
  }

  /** No answer within a time in milliseconds. */
  static late(command: string, limit: number, last: unknown): RedisStoreError {
    const reason = last === undefined ? '' : `; the last attempt to connect: ${codeOf(last)}`
    return new RedisStoreError(command, `no answer within ${limit} ms${reason}`)
  }

  static of(command: string, error: unknown): RedisStoreError {
    if (error instanceof RedisStoreError) return error
    const who = isReply(error) ? 'the server answered' : 'the client failed with'
    return new RedisStoreError(command, `${who} ${codeOf(error)}`)
  }
}

/** Whether the server answered, with an error. The connection is sound then. @internal */
export function isReply(error: unknown): boolean {
  return replyCode(error) !== undefined
}

/** Whether the server is not, or no longer, the master. @internal */
export function servesNoWrites(error: unknown): boolean {
  const code = replyCode(error)
  return code === 'READONLY' || code === 'UNBLOCKED' || code === 'MASTERDOWN'
}

function replyCode(error: unknown): string | undefined {
  return error instanceof Error ? REPLY.exec(error.message)?.[1] : undefined
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  if (typeof code === 'string' && CODE.test(code)) return code
  return replyCode(error) ?? (error instanceof Error ? error.name : typeof error)
}
