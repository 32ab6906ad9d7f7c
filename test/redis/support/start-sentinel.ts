import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RedisServer, type StartRedisOptions, startRedis, until } from './start-redis.ts'

/** A master with replicas, and the sentinels that watch it. */
export interface SentinelSet {
  /** The name under which the sentinels know the master. */
  readonly name: string
  /** The addresses of the sentinels, for a client. */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[]
  /** Master and replicas. Which one is the master changes. */
  readonly servers: readonly RedisServer[]
  master(): Promise<RedisServer>
  replica(): Promise<RedisServer>
  /** Kills the master, and returns the new one when all sentinels name it. Start the old one yourself. */
  failOver(): Promise<RedisServer>
  stop(): Promise<void>
}

/** Starts a master, replicas and three sentinels. */
export async function startSentinel({
  kind = 'redis',
  replicas = 2,
  config,
}: Pick<StartRedisOptions, 'kind' | 'config'> & {
  readonly replicas?: number
} = {}): Promise<SentinelSet> {
  const name = 'mcp'
  const first = await startRedis({ kind, ...(config && { config }) })
  const followers = await Promise.all(
    Array.from({ length: replicas }, () =>
      startRedis({ kind, config: { ...config, replicaof: `127.0.0.1 ${first.port}` } }),
    ),
  )
  const servers = [first, ...followers]
  await until(
    'all replicas follow the master',
    async () => followers.length === (await connectedReplicas(first)),
  )
  const sentinels = await Promise.all([0, 1, 2].map(() => startOne(kind, name, first.port)))

  const masterPort = async (sentinel: RedisServer): Promise<number> => {
    const answer = await sentinel.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)
    return Array.isArray(answer) ? Number(answer[1]) : 0
  }
  const master = async (): Promise<RedisServer> => {
    const [sentinel] = sentinels
    const port = sentinel && (await masterPort(sentinel))
    const found = servers.find((server) => server.port === port)
    if (found === undefined) throw new Error(`the sentinel names port ${port}, not one of ours`)
    return found
  }
  await until('every sentinel knows the others and the replicas', async () => {
    const seen = await Promise.all(sentinels.map((sentinel) => watched(sentinel, name)))
    return seen.every((text) => text === `${replicas} ${sentinels.length - 1}`)
  })
  return {
    name,
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    servers,
    master,
    replica: async () => {
      const leader = await master()
      const found = servers.find((server) => server !== leader)
      if (found === undefined) throw new Error('this set has no replica')
      return found
    },
    failOver: async () => {
      const old = await master()
      await old.kill()
      await until('all sentinels name a new master', async () => {
        const ports = new Set(await Promise.all(sentinels.map(masterPort)))
        return ports.size === 1 && !ports.has(old.port)
      })
      const found = await master()
      await until('the new master takes writes', async () =>
        String(await found.command('ROLE')).startsWith('master'),
      )
      return found
    },
    stop: async () => {
      for (const server of [...sentinels, ...servers]) await server.stop()
    },
  }
}

/** A sentinel needs a file of its own, because it writes what it learns into it. */
async function startOne(
  kind: NonNullable<StartRedisOptions['kind']>,
  name: string,
  master: number,
): Promise<RedisServer> {
  return startRedis({
    kind,
    configFile: (folder, port) => {
      const file = join(folder, 'sentinel.conf')
      const lines = [
        `port ${port}`,
        'bind 127.0.0.1',
        `dir ${folder}`,
        `sentinel monitor ${name} 127.0.0.1 ${master} 2`,
        `sentinel down-after-milliseconds ${name} 500`,
        `sentinel failover-timeout ${name} 3000`,
      ]
      writeFileSync(file, `${lines.join('\n')}\n`)
      return [file, '--sentinel']
    },
  })
}

async function connectedReplicas(server: RedisServer): Promise<number> {
  const text = String(await server.command('INFO', 'replication'))
  return Array.from(text.matchAll(/state=online/g)).length
}

/** How many replicas and other sentinels a sentinel knows. */
async function watched(sentinel: RedisServer, name: string): Promise<string> {
  const answer = await sentinel.command('SENTINEL', 'MASTER', name)
  const fields = answer as Readonly<Record<string, unknown>>
  const value = (field: string): unknown =>
    Array.isArray(answer) ? answer[answer.indexOf(field) + 1] : fields[field]
  return `${value('num-slaves')} ${value('num-other-sentinels')}`
}
