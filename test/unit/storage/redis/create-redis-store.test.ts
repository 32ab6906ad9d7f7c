import { EventEmitter } from 'node:events'
import { Cluster, Redis } from 'ioredis'
import { Redis as Valkey, Cluster as ValkeyCluster } from 'iovalkey'
import { describe, expect, it } from 'vitest'
import {
  createRedisStore,
  type RedisStoreOptions,
} from '../../../../src/storage/redis/create-redis-store.ts'
import { duplicatorOf } from '../../../../src/storage/redis/redis-client.ts'

/** The commands that a fake client was sent, in the form of its package. */
type Calls = unknown[][]

const ANSWERS: Readonly<Record<string, unknown>> = { SET: 'OK', GET: 'value', XADD: '1-1' }
/** Records a command with what the package sends before it, and answers it. */
async function sent(calls: Calls, args: readonly unknown[], before: readonly unknown[] = []) {
  calls.push([...before, ...args])
  return ANSWERS[String(args[0])]
}

/** Clients with the methods of each package, and nothing else. */
const CLIENTS: Readonly<Record<string, (calls: Calls) => object>> = {
  ioredis: (calls) => ({
    status: 'ready',
    // ioredis has a method of this name, which takes an object.
    sendCommand: () => Promise.reject(new Error('not for a list')),
    call: (...args: string[]) => sent(calls, args),
    connect: async () => {},
    disconnect: () => {},
  }),
  'redis, one server': (calls) => ({
    isOpen: false,
    connect: async () => {},
    destroy: () => {},
    sendCommand: (args: string[]) => sent(calls, args),
  }),
  'redis, Sentinel': (calls) => ({
    isOpen: false,
    getSentinelNode: () => {},
    connect: async () => {},
    destroy: async () => {},
    sendCommand: (readOnly: boolean, args: string[]) => sent(calls, args, [readOnly]),
  }),
  'redis, Cluster': (calls) => ({
    isOpen: false,
    nodeClient: () => {},
    connect: async () => {},
    destroy: () => {},
    sendCommand: (key: string, readOnly: boolean, args: string[]) =>
      sent(calls, args, [key, readOnly]),
  }),
  'valkey-glide': (calls) => ({
    customCommand: (args: string[]) => sent(calls, args),
    close: () => {},
  }),
}

const BEFORE: Readonly<Record<string, readonly unknown[]>> = {
  'redis, Sentinel': [false],
  'redis, Cluster': ['mcp-resource-server:key:id', false],
}

const optionsOf = (client: unknown) => ({ client }) as RedisStoreOptions

describe('the client', () => {
  it.each(Object.entries(CLIENTS))('%s is known by its methods', async (name, clientOf) => {
    const calls: Calls = []
    const store = createRedisStore(optionsOf(() => clientOf(calls)))
    expect(await store.get('id')).toBe('value')
    expect(calls).toEqual([[...(BEFORE[name] ?? []), 'GET', 'mcp-resource-server:key:id']])
    store.close()
  })

  it('is duplicated, and not used itself', async () => {
    const calls: Calls = []
    const own: Calls = []
    const client = {
      ...CLIENTS.ioredis?.(own),
      duplicate: () => CLIENTS.ioredis?.(calls),
    }
    const store = createRedisStore(optionsOf(client))
    await store.set('id', 'value', Date.now() + 1000)
    await store.log('log').append('text')
    store.close()
    expect(own).toEqual([])
    expect(calls.map(([command]) => command)).toEqual(['SET', 'XADD'])
  })

  it.each<[what: string, options: unknown, message: RegExp]>([
    ['nothing', undefined, /^createRedisStore: option `options` must be an object; got nothing$/],
    [
      'no client',
      {},
      /^createRedisStore: option `client` must be a client of redis, ioredis or iovalkey, or a function that makes one; got nothing$/,
    ],
    [
      'the client itself',
      CLIENTS['node-redis']?.([]) ?? CLIENTS.ioredis?.([]),
      /^createRedisStore: the client must be in an object: createRedisStore\(\{ client \}\)$/,
    ],
    [
      'a URL',
      { client: 'redis://:secret@host' },
      /`client` must be a client of .*; got "redis:\/\/…@host"$/,
    ],
    [
      'an unknown client',
      { client: { get: () => {} } },
      /`client` must be a client of .*; got an object$/,
    ],
    [
      'a client that cannot be duplicated',
      { client: CLIENTS['valkey-glide']?.([]) },
      /`client` cannot be duplicated; pass a function that makes a client, such as \(\) => GlideClient\.createClient\(\{ addresses \}\); got an object$/,
    ],
    ['an empty prefix', { client: () => {}, prefix: '' }, /`prefix` is empty/],
    [
      'a time-out of nothing',
      { client: () => {}, timeout: 0 },
      /`timeout` must be a number of seconds from 0\.001 to 300; got 0$/,
    ],
    [
      'an unknown option',
      { client: () => {}, prefx: 'a' },
      /no option `prefx`: did you mean `prefix`/,
    ],
    [
      'a clock in seconds',
      { client: () => {}, clock: () => 1_700_000_000 },
      /`clock`.* not seconds/,
    ],
  ])('%s is refused when the store is made', (_what, options, message) => {
    expect(() => createRedisStore(options as RedisStoreOptions)).toThrow(TypeError)
    expect(() => createRedisStore(options as RedisStoreOptions)).toThrow(message)
  })

  it.each<[what: string, make: () => unknown]>([
    ['nothing', () => undefined],
    ['something else', () => ({ get: () => {} })],
    [
      'an error',
      () => {
        throw new Error('redis://:secret@host')
      },
    ],
    ['a rejection', () => Promise.reject(new Error('redis://:secret@host'))],
  ])(
    'a function that makes %s: every call fails in time, without its text',
    async (_what, make) => {
      const store = createRedisStore({ ...optionsOf(make), timeout: 0.05 })
      const error: unknown = await store.get('id').catch((error) => error)
      expect(String(error)).toMatch(
        /^RedisStoreError: GET: no answer within 50 ms; the last attempt to connect: (Type)?Error$/,
      )
      store.close()
    },
  )

  it('that reports errors does not end the process', async () => {
    const client = Object.assign(new EventEmitter(), CLIENTS.ioredis?.([]))
    const store = createRedisStore(optionsOf(() => client))
    await store.get('id')
    expect(() => client.emit('error', new Error('lost'))).not.toThrow()
    store.close()
  })
})

describe('the life of a key', () => {
  const NOW = Date.UTC(2026, 0)
  const open = () => {
    const calls: Calls = []
    const store = createRedisStore({
      ...optionsOf(() => CLIENTS.ioredis?.(calls)),
      clock: () => NOW,
      prefix: 'mine',
    })
    return { store, calls }
  }

  it('is counted with the clock of the option, and rounded up', async () => {
    const { store, calls } = open()
    await store.add('id', 'value', NOW + 1500.2)
    await store.set('id', 'value', NOW + 0.5)
    expect(calls).toEqual([
      ['SET', 'mine:key:id', 'value', 'NX', 'PX', '1501'],
      ['SET', 'mine:key:id', 'value', 'PX', '1'],
    ])
    store.close()
  })

  it('that is over adds nothing, so that two calls cannot both add the key', async () => {
    const { store, calls } = open()
    expect(await store.add('id', 'value', NOW)).toBe(false)
    await store.set('id', 'value', NOW - 1)
    expect(calls).toEqual([['DEL', 'mine:key:id']])
    store.close()
  })
})

describe('the log', () => {
  it('does not wait when no wait is wanted: BLOCK 0 would wait for ever', async () => {
    const calls: Calls = []
    const store = createRedisStore(optionsOf(() => CLIENTS.ioredis?.(calls)))
    const log = store.log('name')
    const { signal } = new AbortController()
    for (const wait of [0, -1, Number.NaN]) await log.read('1-1', wait, signal)
    await log.read(undefined, 0.2, signal)
    const key = 'mcp-resource-server:log:name'
    const now = ['XREAD', 'COUNT', '1000', 'STREAMS', key, '1-1']
    expect(calls).toEqual([
      ...[now, now, now],
      ['XREAD', 'COUNT', '1000', 'BLOCK', '1', 'STREAMS', key, '0-0'],
    ])
    store.close()
  })

  it('drops whole blocks of entries, by the time of the server and not of this process', async () => {
    const calls: Calls = []
    const answer = async (...args: string[]) => {
      calls.push(args)
      return '1700000000000-7'
    }
    const store = createRedisStore(optionsOf(() => ({ ...CLIENTS.ioredis?.(calls), call: answer })))
    const log = store.log('name')
    // It has appended nothing, so it does not know the time of the server.
    await log.trim(1000)
    expect(calls).toEqual([])
    await log.append('text')
    await log.trim(1000.5)
    const key = 'mcp-resource-server:log:name'
    expect(calls.slice(1)).toEqual([['XTRIM', key, 'MINID', '~', '1699999998999']])
    await log.trim(Number.POSITIVE_INFINITY)
    expect(calls).toHaveLength(2)
    store.close()
  })
})

describe('a duplicate of ioredis and iovalkey', () => {
  const LIMITS = { password: 'secret', commandTimeout: 100, socketTimeout: 100, lazyConnect: true }

  it.each([
    ['ioredis', Redis, Cluster],
    // Same constructors, whose types differ in details.
    ['iovalkey', Valkey as unknown as typeof Redis, ValkeyCluster as unknown as typeof Cluster],
  ])(
    'of %s has the settings, no limit for commands, and reads from masters',
    async (_name, One, Many) => {
      const one = new One({
        ...LIMITS,
        sentinels: [{ host: '127.0.0.1' }],
        name: 'a',
        role: 'slave',
      })
      const many = new Many([{ host: '127.0.0.1', port: 1 }], {
        redisOptions: LIMITS,
        scaleReads: 'slave',
        lazyConnect: true,
      })
      const single = (await duplicatorOf(one)?.()) as typeof one
      expect(single.options).toMatchObject({ password: 'secret', name: 'a', role: 'master' })
      expect([single.options.commandTimeout, single.options.socketTimeout]).toEqual([
        undefined,
        undefined,
      ])
      const cluster = (await duplicatorOf(many)?.()) as typeof many
      expect(cluster.options).toMatchObject({
        scaleReads: 'master',
        redisOptions: { password: 'secret' },
      })
      expect(cluster.options.redisOptions?.commandTimeout).toBeUndefined()
      for (const client of [one, many, single, cluster]) client.disconnect()
    },
  )
})
