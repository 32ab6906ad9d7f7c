import { z } from 'zod'
import { optionsSchema } from '../../options/options-schema.ts'
import { callable, number, text } from '../../options/schema-parts.ts'
import type { Clock } from '../clock.ts'
import type { RedisStoreOptions } from './options.ts'
import { duplicatorOf, sendOf } from './redis-client.ts'

const client = z.custom<RedisStoreOptions['client']>().superRefine((given, context) => {
  if (typeof given === 'function') return
  if (sendOf(given) === undefined) {
    context.addIssue('must be a client of redis, ioredis or iovalkey, or a function that makes one')
  } else if (duplicatorOf(given) === undefined) {
    const fix = 'such as () => GlideClient.createClient({ addresses })'
    context.addIssue(`cannot be duplicated; pass a function that makes a client, ${fix}`)
  }
})

/** @internal */
export const redisStoreSchema = optionsSchema<RedisStoreOptions>()({
  client,
  prefix: text('the beginning of every key').default('mcp-resource-server'),
  timeout: number(0.001, 300, 'seconds').default(1),
  clock: callable<Clock>().optional(),
})
