import type { Clock } from '../clock.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { IoredisClient, NodeRedisClient, RedisClient } from './redis-client.ts'

/** Options of `createRedisStore`. */
export interface RedisStoreOptions {
  /**
   * A client of `redis`, `ioredis` or `iovalkey`: one server, Sentinel or Cluster. The store duplicates it
   * and uses the duplicates only. Instead of a client, you can give a function that makes a new client at
   * every call. Clients of `@valkey/valkey-glide` need a function, because they cannot be duplicated.
   */
  readonly client: IoredisClient | NodeRedisClient | (() => MaybePromise<RedisClient>)
  /**
   * The beginning of every key. Resource servers with the same prefix share their keys.
   *
   * @defaultValue `mcp-resource-server`
   */
  readonly prefix?: string
  /**
   * Longest time for a command, in seconds. It includes the time to connect. Then the command fails, and
   * its connection is closed.
   *
   * @defaultValue 1 s
   */
  readonly timeout?: number
  /**
   * A function that returns the time in milliseconds since the epoch. It decides how long a key is kept.
   *
   * @defaultValue `Date.now`
   */
  readonly clock?: Clock
}
