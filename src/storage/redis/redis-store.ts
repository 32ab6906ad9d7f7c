import type { Clock } from '../clock.ts'
import type { SharedLog, SharedStore } from '../shared-store.ts'
import type { MakeClient } from './redis-client.ts'
import { RedisConnection } from './redis-connection.ts'
import { RedisLog } from './redis-log.ts'
import { textOf } from './stream-reply.ts'

/** @internal */
export interface RedisStoreSettings {
  readonly make: MakeClient
  readonly prefix: string
  /** In milliseconds. */
  readonly timeout: number
  readonly clock: Clock
}

/**
 * A shared store in Redis or Valkey. Every command has one key, so it works with Cluster: keys spread over
 * the hash slots, and each log is in one slot.
 *
 * @internal
 */
export class RedisStore implements SharedStore {
  readonly #settings: RedisStoreSettings
  readonly #commands: RedisConnection
  readonly #connections: RedisConnection[]

  constructor(settings: RedisStoreSettings) {
    this.#settings = settings
    this.#commands = new RedisConnection(settings.make, settings.timeout)
    this.#connections = [this.#commands]
  }

  log(name: string): SharedLog {
    const { make, timeout, prefix } = this.#settings
    // It connects at the first read that waits.
    const follower = new RedisConnection(make, timeout)
    this.#connections.push(follower)
    return new RedisLog(`${prefix}:log:${name}`, this.#commands, follower)
  }

  /** Returns `false` for a time that is over: the value would not be kept, so a second call could add it too. */
  async add(key: string, value: string, until: number): Promise<boolean> {
    const life = this.#lifeUntil(until)
    if (life <= 0) return false
    const name = this.#key(key)
    const answer = await this.#send(name, ['SET', name, value, 'NX', 'PX', String(life)])
    return textOf(answer) === 'OK'
  }

  async get(key: string): Promise<string | undefined> {
    const name = this.#key(key)
    return textOf(await this.#send(name, ['GET', name]))
  }

  async set(key: string, value: string, until: number): Promise<void> {
    const life = this.#lifeUntil(until)
    if (life <= 0) return this.delete(key)
    const name = this.#key(key)
    await this.#send(name, ['SET', name, value, 'PX', String(life)])
  }

  async delete(key: string): Promise<void> {
    const name = this.#key(key)
    await this.#send(name, ['DEL', name])
  }

  close(): void {
    for (const connection of this.#connections) connection.close()
  }

  #send(key: string, args: readonly string[]): Promise<unknown> {
    return this.#commands.send(key, args)
  }

  #key(key: string): string {
    return `${this.#settings.prefix}:key:${key}`
  }

  /** The milliseconds until an instant. The server gets no instant, because its clock may differ. */
  #lifeUntil(until: number): number {
    return Math.ceil(until - this.#settings.clock())
  }
}
