import type { LogEntry, SharedLog } from '../shared-store.ts'
import type { RedisConnection } from './redis-connection.ts'
import { RedisStoreError } from './redis-store-error.ts'
import { streamEntries, textOf } from './stream-reply.ts'

/** The field of an entry that has the text. */
const FIELD = 'text'
/** The position before the first entry. */
const BEGINNING = '0-0'
/** Most entries of one read. */
const COUNT = 1000

/**
 * A log in a stream. A position is the id of an entry. Its first half is the time of the server in
 * milliseconds, which never goes back within one stream.
 *
 * @internal
 */
export class RedisLog implements SharedLog {
  readonly #key: string
  readonly #commands: RedisConnection
  /** A connection of its own, because a read that waits blocks its connection. */
  readonly #follower: RedisConnection
  /** The id of the entry that was appended last over this connection. */
  #newest: string | undefined

  constructor(key: string, commands: RedisConnection, follower: RedisConnection) {
    this.#key = key
    this.#commands = commands
    this.#follower = follower
  }

  async append(text: string): Promise<string> {
    const id = textOf(await this.#commands.send(this.#key, ['XADD', this.#key, '*', FIELD, text]))
    if (id === undefined) throw new RedisStoreError('XADD', 'the answer is not the id of the entry')
    this.#newest = id
    return id
  }

  async read(
    after: string | undefined,
    wait: number,
    signal: AbortSignal,
  ): Promise<readonly LogEntry[]> {
    if (signal.aborted) return []
    const entries = await this.#readAfter(after ?? BEGINNING, Math.ceil(wait), signal)
    // An entry that someone else has written has no text. If such entries were passed over here, many of
    // them would hold the reader up: the reader would never get a position behind them.
    return entries.map(({ position, fields }) => ({ position, text: fields.get(FIELD) ?? '' }))
  }

  async has(position: string): Promise<boolean> {
    const range = ['XRANGE', this.#key, position, position]
    return streamEntries([[this.#key, await this.#commands.send(this.#key, range)]]).length > 0
  }

  /** Only who has appended something trims the log: the id of the entry tells the time of the server. */
  async trim(keep: number): Promise<void> {
    const least = Number(this.#newest?.split('-')[0]) - keep
    if (!(least > 0)) return
    // `~` drops whole blocks of entries, which costs the server far less than single ones.
    const trim = ['XTRIM', this.#key, 'MINID', '~', String(Math.floor(least))]
    await this.#commands.send(this.#key, trim)
  }

  async #readAfter(position: string, wait: number, signal: AbortSignal) {
    const streams = ['STREAMS', this.#key, position]
    const count = ['XREAD', 'COUNT', String(COUNT)]
    // `BLOCK 0` would wait for ever.
    if (!(wait > 0)) {
      return streamEntries(await this.#commands.send(this.#key, [...count, ...streams]))
    }
    const block = [...count, 'BLOCK', String(wait), ...streams]
    try {
      return streamEntries(await this.#follower.send(this.#key, block, { wait, signal }))
    } catch (error) {
      if (signal.aborted) return []
      throw error
    }
  }
}
