import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createRedisStore } from '../../src/storage/redis/create-redis-store.ts'
import type { RedisStoreOptions } from '../../src/storage/redis/options.ts'
import type { SharedStore } from '../../src/storage/shared-store.ts'
import { eventually } from '../support/decisions.ts'
import { type ClientPackage, PACKAGES } from './support/clients.ts'
import type { ServerKind } from './support/server-binary.ts'
import { startCluster } from './support/start-cluster.ts'
import { startRedis } from './support/start-redis.ts'
import { startSentinel } from './support/start-sentinel.ts'

/** Running servers, and the client with which each package connects to them. */
interface Servers {
  client(one: ClientPackage): RedisStoreOptions['client'] | undefined
  stop(): Promise<void>
}

const ARRANGEMENTS: Readonly<Record<string, (kind: ServerKind) => Promise<Servers>>> = {
  'one server': async (kind) => {
    const server = await startRedis({ kind })
    return { client: (one) => one.single(server), stop: () => server.stop() }
  },
  Sentinel: async (kind) => {
    const set = await startSentinel({ kind, replicas: 1 })
    return { client: (one) => one.sentinel?.(set.sentinels, set.name), stop: () => set.stop() }
  },
  Cluster: async (kind) => {
    const cluster = await startCluster({ kind })
    return { client: (one) => one.cluster(cluster.addresses), stop: () => cluster.stop() }
  },
}

const CASES = (['redis', 'valkey'] as const).flatMap((kind) =>
  Object.entries(ARRANGEMENTS).map(([arrangement, start]) => ({ kind, arrangement, start })),
)
const never = new AbortController().signal

describe.each(CASES)('$kind, $arrangement', ({ arrangement, kind, start }) => {
  let servers: Servers
  beforeAll(async () => {
    servers = await start(kind)
  })
  afterAll(() => servers.stop())

  const packages = PACKAGES.filter((one) => arrangement !== 'Sentinel' || one.sentinel)
  describe.each(packages)('with $name', (one) => {
    /** A store with keys of its own. */
    const open = (prefix: string = randomUUID()): SharedStore => {
      const client = servers.client(one)
      if (client === undefined) throw new Error('the package does not support this arrangement')
      const store = createRedisStore({ client, prefix, timeout: 30 })
      onTestFinished(() => store.close())
      return store
    }

    it('every process reads all entries in the same order, page by page', async () => {
      const [a, b] = [open('order'), open('order')]
      const log = a.log(`log-${one.name}`)
      expect(await log.read(undefined, 0, never)).toEqual([])
      const texts = Array.from({ length: 1200 }, (_, at) => `entry ${at}`)
      for (let at = 0; at < texts.length; at += 200) {
        await Promise.all(texts.slice(at, at + 200).map((text) => log.append(text)))
      }
      const other = b.log(`log-${one.name}`)
      const first = await other.read(undefined, 0, never)
      const second = await other.read(first.at(-1)?.position, 0, never)
      const all = [...first, ...second]
      expect(first.length).toBeLessThan(texts.length)
      expect(all.map(({ text }) => text).sort()).toEqual([...texts].sort())
      expect(new Set(all.map(({ position }) => position)).size).toBe(texts.length)
      expect(await log.read(first.at(-1)?.position, 0, never)).toEqual(second)
      expect(await other.read(all.at(-1)?.position, 0, never)).toEqual([])
    })

    it('keeps every character of a text', async () => {
      const log = open().log('log')
      const text = 'nul \0, lines \r\n, quotes "\\", ü, 😀, $5\r\n, \u2028'
      const position = await log.append(text)
      expect(await log.read(undefined, 0, never)).toEqual([{ position, text }])
    })

    it('an entry wakes a reader that waits, whose own commands are not held up', async () => {
      const store = open()
      const log = store.log('log')
      const reading = log.read(undefined, 20_000, never)
      const again = store.log('log').read(undefined, 20_000, never)
      await new Promise((resolve) => setTimeout(resolve, 300))
      const position = await log.append('wake up')
      expect(await reading).toEqual([{ position, text: 'wake up' }])
      expect(await again).toEqual([{ position, text: 'wake up' }])
      expect(await log.read(position, 200, never)).toEqual([])
    })

    it('ends a wait when it is told to, and reads again afterwards', async () => {
      const log = open().log('log')
      const stop = new AbortController()
      const reading = log.read(undefined, 60_000, stop.signal)
      await log.append('one').then(() => reading)
      const waiting = log.read((await reading).at(-1)?.position, 60_000, stop.signal)
      setTimeout(() => stop.abort(), 200)
      expect(await waiting).toEqual([])
      expect(await log.read(undefined, 1000, stop.signal)).toEqual([])
      expect(await log.read(undefined, 1000, never)).toHaveLength(1)
    })

    it('knows which entries it has, and drops old ones', async () => {
      const log = open().log('log')
      const first = await log.append('old '.repeat(1000))
      expect(await log.has(first)).toBe(true)
      expect(await log.has('1-1')).toBe(false)
      await new Promise((resolve) => setTimeout(resolve, 20))
      // Entries are dropped by whole blocks, so a few that are older stay.
      for (let at = 0; at < 300; at += 1) await log.append('old '.repeat(100))
      await new Promise((resolve) => setTimeout(resolve, 20))
      const last = await log.append('new')
      await log.trim(60_000)
      expect(await log.has(first)).toBe(true)
      await log.trim(10)
      expect(await log.has(first)).toBe(false)
      expect(await log.has(last)).toBe(true)
    })

    it('lets exactly one of 200 add a key at once', async () => {
      const [a, b] = [open('once'), open('once')]
      const until = Date.now() + 60_000
      const added = await Promise.all(
        Array.from({ length: 200 }, (_, at) =>
          (at % 2 ? a : b).add(`id-${one.name}`, `caller ${at}`, until),
        ),
      )
      expect(added.filter(Boolean)).toHaveLength(1)
      expect(await a.get(`id-${one.name}`)).toBe(`caller ${added.indexOf(true)}`)
    })

    it('forgets values at their time, and keeps nothing whose time is over', async () => {
      const store = open()
      expect(await store.add('long', 'a', Date.now() + 60_000)).toBe(true)
      expect(await store.add('long', 'b', Date.now() + 60_000)).toBe(false)
      expect(await store.add('short', 'c', Date.now() + 1000)).toBe(true)
      await store.set('short too', 'c', Date.now() + 1000)
      for (const key of ['short', 'short too']) {
        await eventually(async () => expect(await store.get(key)).toBeUndefined())
      }
      expect(await store.get('long')).toBe('a')
      expect(await store.add('short', 'd', Date.now() + 60_000)).toBe(true)
      expect(await store.add('over', 'e', Date.now() - 1)).toBe(false)
      expect(await store.get('over')).toBeUndefined()
      await store.set('short', 'f', Date.now())
      expect(await store.get('short')).toBeUndefined()
    })

    it('replaces and deletes values under many keys', async () => {
      const store = open()
      const until = Date.now() + 60_000
      const keys = Array.from({ length: 100 }, (_, at) => `key ${at} {\0"ü}`)
      await Promise.all(keys.map((key) => store.set(key, `of ${key}`, until)))
      await Promise.all(keys.map((key) => store.set(key, `new of ${key}`, until)))
      expect(await Promise.all(keys.map((key) => store.get(key)))).toEqual(
        keys.map((key) => `new of ${key}`),
      )
      await Promise.all(keys.map((key) => store.delete(key)))
      await store.delete('never there')
      const left = await Promise.all(keys.map((key) => store.get(key)))
      expect(left.filter((value) => value !== undefined)).toEqual([])
    })

    it('fails at once after it was closed', async () => {
      const store = open()
      const reading = store.log('log').read(undefined, 60_000, never)
      await store.set('key', 'value', Date.now() + 60_000)
      store.close()
      await expect(reading).rejects.toThrow('XREAD')
      await expect(store.get('key')).rejects.toThrow('the store is closed')
    })
  })
})
