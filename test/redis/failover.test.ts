import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedisStore } from '../../src/storage/redis/create-redis-store.ts'
import type { LogEntry, SharedStore } from '../../src/storage/shared-store.ts'
import { PACKAGES } from './support/clients.ts'
import { type RedisCluster, startCluster } from './support/start-cluster.ts'
import { until } from './support/start-redis.ts'
import { type SentinelSet, startSentinel } from './support/start-sentinel.ts'

/** One log for all packages, so that one failover tests all of them. */
const LOG = 'mcp-resource-server:log:log'

/** Follows a log as an instance does: it reads on after a failure, and never goes back. */
function follow(store: SharedStore) {
  const log = store.log('log')
  const stop = new AbortController()
  const texts: string[] = []
  const done = (async () => {
    let after: string | undefined
    while (!stop.signal.aborted) {
      const entries: readonly LogEntry[] = await log.read(after, 500, stop.signal).catch(() => [])
      after = entries.at(-1)?.position ?? after
      texts.push(...entries.map(({ text }) => text))
      if (entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  return {
    texts,
    stop: async () => {
      stop.abort()
      await done
    },
  }
}

/** Appends until it succeeds, as an instance does. */
async function append(store: SharedStore, text: string): Promise<void> {
  const log = store.log('log')
  await until(`"${text}" is appended`, async () => (await log.append(text)) !== '', 60_000)
}

/** Several instances over one set of servers, each with another package. */
function instances(stores: readonly (readonly [name: string, store: SharedStore])[]) {
  const all = stores.map(([name, store]) => ({ name, store, ...follow(store) }))
  return {
    all,
    /** Every instance appends an entry, and reads those of the others. */
    agree: async (what: string) => {
      await Promise.all(all.map(({ name, store }) => append(store, `${what} ${name}`)))
      const wanted = all.map(({ name }) => `${what} ${name}`)
      for (const { name, texts } of all) {
        await until(
          `${name} has read ${wanted.join(', ')}`,
          () => wanted.every((text) => texts.includes(text)),
          60_000,
        )
      }
    },
    close: async () => {
      for (const { store, stop } of all) {
        await stop()
        store.close()
      }
    },
  }
}

describe.each(['redis', 'valkey'] as const)('%s under Sentinel', (kind) => {
  let set: SentinelSet
  beforeAll(async () => {
    set = await startSentinel({ kind })
  })
  afterAll(() => set.stop())

  it('every client goes on with the new master, and no entry is lost or read in another order', async () => {
    const running = instances(
      PACKAGES.flatMap((one) => {
        const client = one.sentinel?.(set.sentinels, set.name)
        return client === undefined
          ? []
          : [[one.name, createRedisStore({ client, timeout: 3 })] as const]
      }),
    )
    await running.agree('before')
    const master = await set.master()
    await master.command('WAIT', '2', '5000')
    await set.failOver()
    await running.agree('after')
    for (const { store } of running.all) {
      await until('a key is added', () => store.add(`once ${Math.random()}`, 'a', Date.now() + 9e4))
    }
    await master.restart()
    await running.agree('with the old master as a replica')
    // A repeated append can be in the log twice, at the same place for everybody.
    for (const { texts } of running.all) expect(texts).toEqual(running.all[0]?.texts)
    await running.close()
  })
})

describe.each(['redis', 'valkey'] as const)('%s as a cluster', (kind) => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster({ kind, replicas: 1 })
  })
  afterAll(() => cluster.stop())

  it('every client follows the slot of the log to another node, and to a replica', async () => {
    const running = instances(
      PACKAGES.map(
        (one) =>
          [
            one.name,
            createRedisStore({ client: one.cluster(cluster.addresses), timeout: 3 }),
          ] as const,
      ),
    )
    await running.agree('before')
    await cluster.moveSlotOf(LOG)
    await running.agree('moved')
    await (await cluster.nodeOf(LOG)).command('WAIT', '1', '5000')
    await cluster.failOver(LOG)
    await running.agree('failed over')
    for (const { texts } of running.all) expect(texts).toEqual(running.all[0]?.texts)
    // Keys of all slots can be used again.
    for (const { store } of running.all) {
      for (let at = 0; at < 20; at += 1) {
        await until('a key is set', async () => {
          await store.set(`key ${at}`, 'a', Date.now() + 9e4)
          return true
        })
      }
    }
    await running.close()
  })
})
