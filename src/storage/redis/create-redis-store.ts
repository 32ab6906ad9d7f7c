import { clockOf } from '../../options/clock-option.ts'
import { readOptions } from '../../options/read-options.ts'
import type { SharedStore } from '../shared-store.ts'
import type { RedisStoreOptions } from './options.ts'
import { redisStoreSchema } from './options-schema.ts'
import { duplicatorOf, type MakeClient, sendOf } from './redis-client.ts'
import { RedisStore } from './redis-store.ts'

export type { RedisStoreOptions } from './options.ts'
export type { GlideClient, IoredisClient, NodeRedisClient, RedisClient } from './redis-client.ts'

/**
 * Creates a store that several instances share in Redis or Valkey. The store opens connections of its own,
 * with the settings of the client: one for commands, and one more for each log that is followed.
 *
 * ```ts
 * import { createClient } from 'redis'
 * import { createRedisStore } from 'mcp-resource-server/redis'
 *
 * const client = createClient({ url: 'redis://redis.internal:6379' })
 * const store = createRedisStore({ client })
 * ```
 *
 * @throws {TypeError} naming the option that is wrong
 */
export function createRedisStore(options: RedisStoreOptions): SharedStore {
  const where = 'createRedisStore'
  if (sendOf(options) !== undefined) {
    throw new TypeError(`${where}: the client must be in an object: createRedisStore({ client })`)
  }
  const { client, prefix, timeout, clock } = readOptions(where, redisStoreSchema, options)
  const make = typeof client === 'function' ? client : duplicatorOf(client)
  return new RedisStore({
    make: make as MakeClient,
    prefix,
    timeout: timeout * 1000,
    clock: clockOf(where, { clock }),
  })
}
