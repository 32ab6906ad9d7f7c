import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createRedisStore } from '../../src/storage/redis/create-redis-store.ts'
import type { SharedStore } from '../../src/storage/shared-store.ts'
import { type ClientPackage, PACKAGES } from './support/clients.ts'
import {
  type RedisServer,
  type StartRedisOptions,
  startRedis,
  until,
} from './support/start-redis.ts'
import { layWire } from './support/wire.ts'

const never = new AbortController().signal
/** The limit of the stores for an answer, in seconds: long enough for a machine that is busy. */
const LIMIT = 3
const SOON = (): number => Date.now() + 60_000

const startOne = async (options: StartRedisOptions = {}): Promise<RedisServer> => {
  const server = await startRedis(options)
  onTestFinished(() => server.stop())
  return server
}

const storeOn = (
  one: ClientPackage,
  address: { readonly host: string; readonly port: number },
  password?: string,
): SharedStore => {
  const store = createRedisStore({ client: one.single(address, password), timeout: LIMIT })
  onTestFinished(() => store.close())
  return store
}

/** The error of a promise that must reject. If it hangs, the test does. */
async function failureOf(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(error instanceof Error)) throw new Error('it did not fail')
  return error
}

describe.each(PACKAGES)('with $name', (one) => {
  it('a killed server: every call fails in time, and works again after the restart', async () => {
    const server = await startOne()
    const store = storeOn(one, server)
    const log = store.log('log')
    const first = await log.append('before')
    const reading = log.read(first, 30_000, never)
    reading.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 300))
    await server.kill()
    // Whoever reads must know that there was a gap: the server may have lost what it had.
    expect(String(await failureOf(reading))).toContain('RedisStoreError: XREAD')
    const errors = await Promise.all(
      [
        log.append('during'),
        store.add('during', 'a', SOON()),
        store.get('key'),
        log.has(first),
      ].map((work) => failureOf(work)),
    )
    for (const error of errors) {
      expect(error.message).toMatch(/^(XADD|SET|GET|XRANGE): /)
    }
    await server.restart()
    await until('the store answers', async () => (await log.has(first)) === true, 30_000)
    await log.append('after')
    // What failed while the server was away is not sent later.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect((await log.read(first, 0, never)).map(({ text }) => text)).toEqual(['after'])
    expect(await store.add('during', 'b', SOON())).toBe(true)
  })

  it('a short restart: a call waits for it', async () => {
    const server = await startOne()
    const store = createRedisStore({ client: one.single(server), timeout: 20 })
    onTestFinished(() => store.close())
    await store.set('key', 'value', SOON())
    await server.kill()
    const got = store.get('key')
    await server.restart()
    expect(await got).toBe('value')
  })

  it('a server that is away at the start, and comes later', async () => {
    const server = await startOne()
    await server.kill()
    const store = storeOn(one, server)
    const log = store.log('log')
    await failureOf(log.read(undefined, 0, never))
    await failureOf(log.read(undefined, 500, never))
    await server.restart()
    await until('the store answers', async () => (await log.append('a')) !== '', 30_000)
    expect(await log.read(undefined, 1000, never)).toHaveLength(1)
  })

  it('a server that restarts empty: the log says that an entry is gone', async () => {
    const server = await startOne()
    const store = storeOn(one, server)
    const log = store.log('log')
    const position = await log.append('a')
    await server.restart({ empty: true })
    await until('the store answers', async () => (await log.has(position)) === false, 30_000)
    expect(await log.read(undefined, 0, never)).toEqual([])
  })

  it('a server that hangs: calls fail in time, and reads go on when it answers again', async () => {
    const server = await startOne()
    const store = storeOn(one, server)
    const log = store.log('log')
    const first = await log.append('a')
    const reading = log.read(first, 1500, never)
    reading.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 200))
    server.pause()
    const failures = [store.get('key'), store.add('key', 'a', SOON()), reading].map(failureOf)
    await Promise.all(failures)
    await failureOf(log.read(first, 100, never))
    server.resume()
    await until(
      'the log is read',
      async () => (await log.read(undefined, 100, never)).length > 0,
      30_000,
    )
    const waiting = log.read(first, 20_000, never)
    await log.append('b')
    expect((await waiting)[0]?.text).toBe('b')
  })

  it('a network that is cut without a word: the dead connections are replaced', async () => {
    const server = await startOne()
    const wire = await layWire(server)
    onTestFinished(() => wire.close())
    const store = storeOn(one, wire)
    const log = store.log('log')
    const first = await log.append('a')
    const reading = log.read(first, 1000, never)
    reading.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 100))
    wire.cut()
    await failureOf(log.append('cut off'))
    await failureOf(reading)
    wire.mend()
    await until(
      'the log is read',
      async () => (await log.read(undefined, 200, never)).length > 0,
      30_000,
    )
    await until('an entry is appended', async () => (await log.append('b')) !== '', 30_000)
    expect((await log.read(first, 0, never)).map(({ text }) => text)).toEqual(['b'])
  })

  it('a full server: calls that write are rejected, others are answered', async () => {
    const server = await startOne({ config: { 'maxmemory-policy': 'noeviction' } })
    const store = storeOn(one, server)
    const log = store.log('log')
    await store.set('key', 'value', SOON())
    const position = await log.append('a')
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    const errors = await Promise.all(
      [log.append('b'), store.add('other', 'a', SOON()), store.set('key', 'b', SOON())].map(
        (work) => failureOf(work),
      ),
    )
    expect(errors.map(({ message }) => message)).toEqual([
      'XADD: the server answered OOM',
      'SET: the server answered OOM',
      'SET: the server answered OOM',
    ])
    expect(await store.get('key')).toBe('value')
    expect(await log.has(position)).toBe(true)
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    expect(await store.add('other', 'a', SOON())).toBe(true)
  })

  it('a replica: calls that write are rejected, until it is the master', async () => {
    const master = await startOne()
    const replica = await startOne({ config: { replicaof: `127.0.0.1 ${master.port}` } })
    const store = storeOn(one, replica)
    const messages = await Promise.all([
      failureOf(store.log('log').append('a')),
      failureOf(store.add('key', 'a', SOON())),
    ])
    // valkey-glide does not connect to a replica.
    const reason =
      one.name === 'valkey-glide'
        ? 'no answer within 3000 ms; the last attempt to connect: ClosingError'
        : 'the server answered READONLY'
    expect(messages.map(({ message }) => message)).toEqual([`XADD: ${reason}`, `SET: ${reason}`])
    await replica.command('REPLICAOF', 'NO', 'ONE')
    await until('writes pass', async () => store.add('key', 'a', SOON()), 30_000)
  })

  it('a key of another type is an error, and many foreign entries in a log hold no reader up', async () => {
    const server = await startOne()
    const store = storeOn(one, server)
    const key = 'mcp-resource-server:log:log'
    await server.command('XADD', key, '*', 'other', 'field')
    await server.command('XADD', key, '*', 'a', 'b', 'text', 'ours', 'c', 'd')
    for (let at = 0; at < 1100; at += 1) await server.command('XADD', key, '*', 'x', String(at))
    const log = store.log('log')
    const first = await log.read(undefined, 500, never)
    expect(first.map(({ text }) => text).filter(Boolean)).toEqual(['ours'])
    const second = await log.read(first.at(-1)?.position, 500, never)
    expect([first.length, second.length]).toEqual([1000, 102])
    const reading = log.read(second.at(-1)?.position, 20_000, never)
    const position = await log.append('more')
    expect(await reading).toEqual([{ position, text: 'more' }])
    await server.command('SET', 'mcp-resource-server:log:bad', 'text')
    expect((await failureOf(store.log('bad').append('a'))).message).toBe(
      'XADD: the server answered WRONGTYPE',
    )
    expect((await failureOf(store.log('bad').read(undefined, 100, never))).message).toBe(
      'XREAD: the server answered WRONGTYPE',
    )
  })

  it('a wrong password: the error has neither address nor password', async () => {
    const server = await startOne({ config: { requirepass: 'correct horse' } })
    const right = storeOn(one, server, 'correct horse')
    await right.set('key', 'value', SOON())
    expect(await right.get('key')).toBe('value')
    const error = await failureOf(storeOn(one, server, 'battery staple').add('id', 'me', SOON()))
    const all = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
    for (const secret of ['battery', 'correct', '127.0.0.1', String(server.port), 'SET id']) {
      expect(all).not.toContain(secret)
    }
    expect(error.message).toMatch(
      /^SET: no answer within 3000 ms; the last attempt to connect: \w+$/,
    )
  })

  it('the rights of the user in docs/shared-store.md are enough', async () => {
    const server = await startOne()
    const rights =
      '+xadd +xread +xrange +xtrim +set +get +del +hello +auth +ping +info +select +client'
    await server.command(
      ...['ACL', 'SETUSER', 'default', 'resetpass', '>secret', 'reset', 'on', '>secret'],
      ...['~mcp-resource-server:*', ...rights.split(' ')],
    )
    const store = storeOn(one, server, 'secret')
    const log = store.log('log')
    const reading = log.read(undefined, 20_000, never)
    const position = await log.append('a')
    expect(await reading).toHaveLength(1)
    await log.trim(0)
    expect(await log.has(position)).toBe(true)
    expect(await store.add('key', 'a', SOON())).toBe(true)
    await store.set('key', 'b', SOON())
    expect(await store.get('key')).toBe('b')
    await store.delete('key')
  })

  it('a limit of the client for its own commands does not end a read that waits', async () => {
    const server = await startOne()
    const store = createRedisStore({ client: one.impatient(server, 300), timeout: LIMIT })
    onTestFinished(() => store.close())
    const log = store.log('log')
    expect(await log.read(undefined, 900, never)).toEqual([])
    const reading = log.read(undefined, 20_000, never)
    await new Promise((resolve) => setTimeout(resolve, 600))
    const position = await log.append('a')
    expect(await reading).toEqual([{ position, text: 'a' }])
  })

  it('closing the store closes its connections', async () => {
    const server = await startOne()
    const store = storeOn(one, server)
    const own = async (): Promise<number> =>
      String(await server.command('CLIENT', 'LIST'))
        .trim()
        .split('\n').length - 1
    expect(await own()).toBe(0)
    await store.log('log').append('a')
    await store.log('log').read(undefined, 100, never)
    expect(await own()).toBe(2)
    store.close()
    await until('the connections are closed', async () => (await own()) === 0, 30_000)
  })
})

describe('the client of the user', () => {
  it('is not used and not closed: redis', async () => {
    const server = await startOne()
    const client = createClient({ url: server.url })
    await client.connect()
    onTestFinished(() => client.destroy())
    const store = createRedisStore({ client, timeout: LIMIT })
    const reading = store.log('log').read(undefined, 20_000, never)
    await new Promise((resolve) => setTimeout(resolve, 200))
    // A blocked connection would not answer.
    expect(await client.ping()).toBe('PONG')
    await store.log('log').append('a')
    await reading
    store.close()
    expect(await client.ping()).toBe('PONG')
  })

  it('is not used and not closed: ioredis', async () => {
    const server = await startOne()
    const client = new Redis(server.port, { enableOfflineQueue: false, lazyConnect: true })
    await client.connect()
    onTestFinished(() => client.disconnect())
    const store = createRedisStore({ client, timeout: LIMIT })
    await store.log('log').append('a')
    store.close()
    expect(await client.ping()).toBe('PONG')
  })
})
