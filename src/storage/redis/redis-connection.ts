import { linkedAbort } from '../linked-abort.ts'
import type { MakeClient } from './redis-client.ts'
import { RedisLink } from './redis-link.ts'
import { isReply, RedisStoreError, servesNoWrites } from './redis-store-error.ts'

/** The shortest time between two attempts to connect, in milliseconds. */
const PACE = 200

/**
 * Sends commands, each within a time limit, and connects when a command needs it. A connection on which a
 * command got no answer in time is thrown away: whatever is sent behind that command would wait too. So a
 * command whose time is over is not sent later either.
 *
 * @internal
 */
export class RedisConnection {
  readonly #make: MakeClient
  readonly #timeout: number
  #link: RedisLink | undefined
  #pause: Promise<void> = Promise.resolve()
  /** Why the last attempt to connect failed. */
  #failure: unknown
  #isClosed = false

  /** @param timeout in milliseconds */
  constructor(make: MakeClient, timeout: number) {
    this.#make = make
    this.#timeout = timeout
  }

  /**
   * Sends a command that has one key.
   *
   * @param wait how long the server itself may wait before it answers, in milliseconds
   * @param signal gives up the command, and the connection on which the server still waits
   * @throws {RedisStoreError} without address, arguments and password
   */
  send(
    key: string,
    args: readonly string[],
    { wait = 0, signal }: { readonly wait?: number; readonly signal?: AbortSignal } = {},
  ): Promise<unknown> {
    const limit = this.#timeout + wait
    return linkedAbort(signal, (over) => this.#sendUntil(over, limit, key, args))
  }

  async #sendUntil(
    over: AbortController,
    limit: number,
    key: string,
    args: readonly string[],
  ): Promise<unknown> {
    const ends = over.signal
    const timer = setTimeout(() => over.abort(), limit)
    const [command = ''] = args
    try {
      while (!ends.aborted) {
        if (this.#isClosed) throw new RedisStoreError(command, 'the store is closed')
        const link = this.#current()
        if (await opens(link, ends)) return await this.#sendOver(link, key, args, ends)
        this.#failure = link.error ?? this.#failure
      }
      throw ends.reason
    } catch (error) {
      if (ends.aborted) throw RedisStoreError.late(command, limit, this.#failure)
      throw RedisStoreError.of(command, error)
    } finally {
      clearTimeout(timer)
    }
  }

  close(): void {
    this.#isClosed = true
    this.#link?.close()
  }

  /** The connection for a new command. If there is none, one is opened, but not too soon after the last. */
  #current(): RedisLink {
    if (this.#link !== undefined && !this.#link.isOver) return this.#link
    const start = this.#pause
    this.#pause = start.then(() => pause(PACE))
    this.#link = new RedisLink(this.#make, start)
    return this.#link
  }

  async #sendOver(
    link: RedisLink,
    key: string,
    args: readonly string[],
    ends: AbortSignal,
  ): Promise<unknown> {
    this.#failure = undefined
    try {
      return await link.send(key, args, ends)
    } catch (error) {
      // A server that takes no writes has a new master, which a new connection finds.
      if (!isReply(error) || servesNoWrites(error)) link.retire()
      throw error
    }
  }
}

/** Whether a connection opens before a signal ends the wait. */
async function opens(link: RedisLink, ends: AbortSignal): Promise<boolean> {
  const aborted = new Promise<boolean>((resolve) => {
    ends.addEventListener('abort', () => resolve(false), { once: true })
  })
  const opened = link.opened.then(
    () => true,
    () => false,
  )
  return Promise.race([opened, aborted])
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref()
  })
}
