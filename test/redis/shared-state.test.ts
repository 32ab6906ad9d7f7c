import { randomBytes } from 'node:crypto'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedisStore } from '../../src/storage/redis/create-redis-store.ts'
import { adapterFor } from '../support/adapter.ts'
import { eventually } from '../support/decisions.ts'
import {
  bearer,
  CLAIMS,
  INTROSPECTION,
  ISSUER,
  NOW,
  RESOURCE,
  testResourceServer,
} from '../support/tokens.ts'
import { type RedisServer, startRedis } from './support/start-redis.ts'

const SEALING_KEYS = randomBytes(32).toString('base64')
const TOKEN = 'opaque-token-of-alice-0123456789'
const SESSION = 'session-id-0123456789'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const servers: ReturnType<typeof testResourceServer>[] = []
const asked: string[] = []

/** A resource server with a client of its own. */
async function instance() {
  const { host, port } = redis
  const client = createClient({ socket: { host, port } })
  const fetch = async (_url: unknown, { body }: RequestInit = {}) => {
    const token = String(new URLSearchParams(String(body)).get('token'))
    if (!token.startsWith('opaque-')) return Response.json({ active: false })
    asked.push(token)
    const sub = token.includes('bob') ? 'bob' : 'alice'
    return Response.json({ active: true, ...CLAIMS, sub, jti: token, exp: NOW + 3000 })
  }
  const server = testResourceServer({
    http: { fetch: fetch as typeof globalThis.fetch },
    server: { introspection: INTROSPECTION, verification: 'introspection' },
    sharedStore: {
      store: createRedisStore({ client, clock: () => NOW * 1000, timeout: 3 }),
      onOutage: 'local',
      sealingKeys: SEALING_KEYS,
      introspection: true,
      sessions: true,
    },
  })
  await server.ready()
  servers.push(server)
  return server
}

type Server = Awaited<ReturnType<typeof instance>>

/** A request of a session. */
const within = (token: string, id?: string) => {
  const request = bearer(token)
  return {
    ...request,
    headers: { ...request.headers, ...(id !== undefined && { 'mcp-session-id': id }) },
  }
}

const statusOf = async (server: Server, token: string, id?: string) => {
  const decision = await server.authenticate(within(token, id))
  return decision.outcome === 'allowed' ? 200 : decision.status
}

async function open(server: Server, token: string, sessionId: string): Promise<void> {
  const request = within(token)
  const decision = await server.authenticate(request)
  if (decision.outcome !== 'allowed') expect.fail(JSON.stringify(decision))
  await adapterFor(server).answered(request, decision, { status: 200, sessionId })
}

/** Everything that the server holds, as text, and with what is base64url decoded. */
async function dump(): Promise<string> {
  const client = await createClient({ url: redis.url }).connect()
  const seen: string[] = []
  for await (const keys of client.scanIterator({ COUNT: 100 })) {
    for (const key of keys) {
      seen.push(key)
      const value =
        (await client.type(key)) === 'stream'
          ? JSON.stringify(await client.xRange(key, '-', '+'))
          : String(await client.get(key))
      seen.push(value, Buffer.from(value, 'base64url').toString('latin1'))
    }
  }
  client.destroy()
  return seen.join('\n')
}

describe('introspection results and sessions in a real Redis', () => {
  it('RFC7662-4 MCP-20: an instance needs no introspection of a token that another one has, and a session continues on each of them', async () => {
    const all = [await instance(), await instance(), await instance(), await instance()]
    const [a, b] = all as [Server, Server]
    await open(a, TOKEN, SESSION)
    await eventually(async () => expect(await dump()).toContain('introspection:'))
    for (const server of all) expect(await statusOf(server, TOKEN, SESSION)).toBe(200)
    // A store that is slow is passed by, so a single instance may have introspected.
    await eventually(async () => {
      const before = asked.length
      expect(await statusOf(await instance(), TOKEN, SESSION)).toBe(200)
      expect(asked).toHaveLength(before)
    })
    expect(await statusOf(b, 'opaque-token-of-bob-0123456789', SESSION)).toBe(404)
  })

  it('REV-3: nothing readable is in the store', async () => {
    const seen = await dump()
    expect(seen).toContain('session:')
    for (const secret of [TOKEN, SESSION, 'alice', 'inspector', 'mcp:tools', ISSUER, RESOURCE]) {
      expect(seen).not.toContain(secret)
    }
  })

  it('REV-1: a revoked token is refused by all, also where its result was shared', async () => {
    const [a, ...others] = servers as [Server, ...Server[]]
    await a.revoke({ token: TOKEN })
    for (const server of others) {
      await eventually(async () => expect(await statusOf(server, TOKEN)).toBe(401))
    }
    await eventually(async () => expect(await statusOf(a, TOKEN, SESSION)).toBe(401))
  })

  it('Redis is killed: tokens are verified without it, sessions get 503, and both come back', async () => {
    const server = await instance()
    const [token, other] = ['opaque-token-2-0123456789', 'opaque-token-3-0123456789']
    await open(server, token, 'session-2')
    await redis.kill()
    expect(await statusOf(server, other)).toBe(200)
    expect(await statusOf(server, token, 'session-2')).toBe(503)
    await redis.restart()
    await eventually(async () => expect(await statusOf(server, token, 'session-2')).toBe(200))
    for (const one of servers) await one.close()
  })
})
