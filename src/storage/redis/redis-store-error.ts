import { StoreError } from '../../errors/store-error.ts'

/** An error reply of the server begins with its code: `READONLY You can't write against a read only replica.` */
const REPLY = /^([A-Z][A-Z0-9_]{1,31}):? /
/** The same error as valkey-glide reports it. */
const GLIDE_REPLY = /^An error was signalled by the server: - ([A-Za-z]{2,32}): /
/** A code of Node.js, such as `ECONNREFUSED`. */
const CODE = /^[A-Z][A-Z0-9_]{1,31}$/

/** The connection was lost, or closed, before the answer. @internal */
export class ConnectionLost extends Error {
  constructor() {
    super('the connection was lost')
  }
}

/**
 * A command failed. The message has the command and a code. It has nothing else of the client's error, which
 * may name addresses, arguments and the password.
 */
export class RedisStoreError extends StoreError {
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
    if (error instanceof ConnectionLost) return new RedisStoreError(command, error.message)
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
  if (!(error instanceof Error)) return undefined
  const [, code] = REPLY.exec(error.message) ?? GLIDE_REPLY.exec(error.message) ?? []
  return code?.toUpperCase()
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  if (typeof code === 'string' && CODE.test(code)) return code
  return replyCode(error) ?? (error instanceof Error ? error.name : typeof error)
}
