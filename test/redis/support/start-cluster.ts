import { freePort } from '../../../scripts/keycloak/ports.ts'
import { type RedisServer, type StartRedisOptions, startRedis, until } from './start-redis.ts'

const SLOTS = 16_384

/** A cluster on loopback. */
export interface RedisCluster {
  /** Masters first, then replicas. Which ones are masters changes. */
  readonly nodes: readonly RedisServer[]
  readonly addresses: readonly { readonly host: string; readonly port: number }[]
  /** The hash slot of a key. */
  slotOf(key: string): Promise<number>
  /** The node that serves a key. */
  nodeOf(key: string): Promise<RedisServer>
  /** Moves the slot of a key, with its keys, to another master, and returns that one. */
  moveSlotOf(key: string): Promise<RedisServer>
  /** Kills the node that serves a key, and returns its replica when that serves the key. */
  failOver(key: string): Promise<RedisServer>
  stop(): Promise<void>
}

/** Starts a cluster of masters, each with some replicas. */
export async function startCluster({
  kind = 'redis',
  masters = 3,
  replicas = 0,
  config,
}: Pick<StartRedisOptions, 'kind' | 'config'> & {
  readonly masters?: number
  /** For each master. */
  readonly replicas?: number
} = {}): Promise<RedisCluster> {
  const start = async (): Promise<{ node: RedisServer; bus: number; id: string }> => {
    const bus = await freePort()
    const node = await startRedis({
      kind,
      config: {
        'cluster-enabled': 'yes',
        'cluster-port': String(bus),
        'cluster-node-timeout': '1500',
        ...config,
      },
    })
    return { node, bus, id: String(await node.command('CLUSTER', 'MYID')) }
  }
  const all = await Promise.all(Array.from({ length: masters * (1 + replicas) }, start))
  const [first] = all
  if (first === undefined) throw new Error('a cluster needs a master')
  for (const { node, bus } of all.slice(1)) {
    await first.node.command('CLUSTER', 'MEET', node.host, String(node.port), String(bus))
  }
  await until('every node knows every other', async () => {
    const views = await Promise.all(all.map(({ node }) => node.command('CLUSTER', 'NODES')))
    return views.every((view) => all.every(({ id }) => String(view).includes(id)))
  })
  await Promise.all(
    all.slice(0, masters).map(({ node }, index) => {
      const from = Math.ceil((SLOTS * index) / masters)
      const to = Math.ceil((SLOTS * (index + 1)) / masters) - 1
      return node.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
    }),
  )
  for (const [index, { node }] of all.slice(masters).entries()) {
    const id = all[index % masters]?.id ?? ''
    await until('a replica follows its master', async () => {
      return (await node.command('CLUSTER', 'REPLICATE', id)) === 'OK'
    })
  }
  const nodes = all.map(({ node }) => node)
  await until('the cluster serves every slot', () => isReady(nodes, masters * replicas))

  const slotOf = async (key: string): Promise<number> => {
    for (const node of nodes) {
      const slot = await node.command('CLUSTER', 'KEYSLOT', key).catch(() => undefined)
      if (slot !== undefined) return Number(slot)
    }
    throw new Error('no node answers')
  }
  const nodeOf = async (key: string): Promise<RedisServer> => {
    for (const node of nodes) {
      // A node that does not serve the key answers MOVED, or READONLY.
      const served = await node.command('EXISTS', key).then(
        async () => String(await node.command('ROLE')).startsWith('master'),
        () => false,
      )
      if (served) return node
    }
    throw new Error(`no node serves ${key}`)
  }
  return {
    nodes,
    addresses: nodes.map(({ host, port }) => ({ host, port })),
    slotOf,
    nodeOf,
    moveSlotOf: async (key) => {
      const slot = String(await slotOf(key))
      const source = await nodeOf(key)
      const target = all.slice(0, masters).find(({ node }) => node !== source)
      const from = all.find(({ node }) => node === source)
      if (target === undefined || from === undefined) throw new Error('there is no other master')
      await target.node.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
      await source.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id)
      for (;;) {
        const keys = await source.command('CLUSTER', 'GETKEYSINSLOT', slot, '100')
        if (!Array.isArray(keys) || keys.length === 0) break
        const { host, port } = target.node
        await source.command('MIGRATE', host, String(port), '', '0', '5000', 'KEYS', ...keys)
      }
      for (const node of [target.node, ...nodes.filter((one) => one !== target.node)]) {
        const assign = ['CLUSTER', 'SETSLOT', slot, 'NODE', target.id]
        // A replica learns it from its master.
        await node.command(...assign).catch(() => undefined)
      }
      return target.node
    },
    failOver: async (key) => {
      const old = await nodeOf(key)
      await old.kill()
      await until('a replica serves the key', async () => {
        const node = await nodeOf(key)
        return node !== old && String(await node.command('CLUSTER', 'INFO')).includes('state:ok')
      })
      return nodeOf(key)
    },
    stop: async () => {
      for (const node of nodes) await node.stop()
    },
  }
}

async function isReady(nodes: readonly RedisServer[], replicas: number): Promise<boolean> {
  const infos = await Promise.all(nodes.map((node) => node.command('CLUSTER', 'INFO')))
  if (!infos.every((info) => String(info).includes('cluster_state:ok'))) return false
  const states = await Promise.all(nodes.map((node) => node.command('INFO', 'replication')))
  const linked = states.filter((state) => String(state).includes('master_link_status:up'))
  return linked.length === replicas
}
