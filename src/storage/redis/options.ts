import type { Clock } from '../clock.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { IoredisClient, NodeRedisClient, RedisClient } from './redis-client.ts'

/** Options of `createRedisStore`. */
export interface RedisStoreOptions {
  /**
   * A client of `redis`, `ioredis` or `iovalkey`: one server, Sentinel or Cluster. The store duplicates it
   * and uses the duplicates only. In place of a client, a function that makes a new one at every call;
   * clients of `@valkey/valkey-glide` need that, because they cannot be duplicated.
   */
  readonly client: IoredisClient | NodeRedisClient | (() => MaybePromise<RedisClient>)
  /**
   * The beginning of every key. Resource servers share what they have under the same prefix.
   *
   * @defaultValue `mcp-resource-server`
   */
  readonly prefix?: string
  /**
   * How long a command may take, in seconds, with connecting. Then it fails, and its connection is thrown
   * away.
   *
   * @defaultValue 1 s
   */
  readonly timeout?: number
  /**
   * Returns the time in milliseconds, to find out how long a key is kept.
   *
   * @defaultValue `Date.now`
   */
  readonly clock?: Clock
}
