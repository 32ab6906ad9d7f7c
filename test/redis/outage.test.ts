import { describe, expect, it, onTestFinished } from 'vitest'
import { collectWarnings } from '../support/warnings.ts'
import { PACKAGES } from './support/clients.ts'
import { allSay, type Instance, revokeAt, says, startInstance } from './support/instances.ts'
import {
  type RedisServer,
  type StartRedisOptions,
  startRedis,
  until,
} from './support/start-redis.ts'
import { startSentinel } from './support/start-sentinel.ts'
import { layWire } from './support/wire.ts'

collectWarnings()

const start = async (options: StartRedisOptions = {}): Promise<RedisServer> => {
  const server = await startRedis(options)
  onTestFinished(() => server.stop())
  return server
}

const four = (server: RedisServer): Instance[] => [1, 2, 3, 4].map(() => startInstance(server))
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
const names = (count: number, of: string): string[] =>
  Array.from({ length: count }, (_, at) => `${of}-${at}`)
const at = (instances: readonly Instance[], index: number): Instance =>
  instances[index % instances.length] as Instance

/** Revokes sessions as a source does: again, until the store has them. */
async function revokeSurely(instances: readonly Instance[], sessions: readonly string[]) {
  const all = async () => (await revokeAll(instances, sessions)) === sessions.length
  await until('the store has all revocations', all)
}

/** Revokes sessions at the instances in turn, and waits for all answers. @returns how many the store has */
async function revokeAll(instances: readonly Instance[], sessions: readonly string[]) {
  const stored = await Promise.all(
    sessions.map((session, index) => revokeAt(at(instances, index), session)),
  )
  return stored.filter(Boolean).length
}

describe('instances that share a real Redis', () => {
  // How soon an outage is noticed is in the tests of rooms, which hold the time.
  it('REV-2: killed for 10 s, it loses no revocation, and no request passes meanwhile', async () => {
    const server = await start()
    const instances = four(server)
    await allSay(instances, 'allowed', ['good'])
    await revokeSurely(instances, names(50, 'before'))
    await server.kill()
    const killed = performance.now()
    await allSay(instances, 'shared_store_failed', ['good'])
    expect(await revokeAll(instances, names(50, 'during'))).toBe(0)
    await pause(10_000 - (performance.now() - killed))
    await server.restart()
    const all = [...names(50, 'before'), ...names(50, 'during')]
    const took = await allSay(instances, 'token_revoked', all)
    console.log(`[redis] all instances know everything ${Math.round(took)} ms after the restart`)
    await allSay(instances, 'allowed', ['good'])
    await allSay([startInstance(server)], 'token_revoked', names(50, 'during'))
  })

  it('REV-2: restarted empty, it gets everything back, also for an instance that starts then', async () => {
    const server = await start()
    const instances = four(server)
    await allSay(instances, 'allowed', ['good'])
    await revokeSurely(instances, names(500, 'a'))
    await server.kill()
    await revokeAll(instances, names(20, 'b'))
    await server.restart({ empty: true })
    await allSay(instances, 'token_revoked', [...names(500, 'a'), ...names(20, 'b')])
    await pause(2000)
    const fifth = startInstance(server)
    await allSay([fifth], 'token_revoked', [...names(500, 'a'), ...names(20, 'b')])
    await allSay([fifth], 'allowed', ['good'])
  })

  it('REV-2: emptied while it runs, it gets everything back', async () => {
    const server = await start()
    const instances = four(server)
    await allSay(instances, 'allowed', ['good'])
    await revokeSurely(instances, names(20, 'a'))
    await server.command('FLUSHALL')
    await until(
      'the log is back',
      async () => Number(await server.command('XLEN', 'mcp-resource-server:log:revocations')) >= 20,
    )
    await allSay([startInstance(server)], 'token_revoked', names(20, 'a'))
  })

  it('REV-2: stopped without a word, it is noticed, and a source has its error', async () => {
    const server = await start()
    const instances = four(server)
    await allSay(instances, 'allowed', ['good'])
    server.pause()
    onTestFinished(() => server.resume())
    expect(await revokeAt(at(instances, 0), 'a')).toBe(false)
    await allSay(instances, 'shared_store_failed', ['good'])
    server.resume()
    await allSay(instances, 'token_revoked', ['a'])
    await allSay(instances, 'allowed', ['good'])
  })

  it('REV-2: one instance that is cut off refuses, and catches up when it is back', async () => {
    const server = await start()
    const wire = await layWire(server)
    onTestFinished(() => wire.close())
    const [first, second, cut] = [startInstance(server), startInstance(server), startInstance(wire)]
    await allSay([first, second, cut], 'allowed', ['good'])
    wire.cut()
    await revokeSurely([first], ['a'])
    await allSay([second], 'token_revoked', ['a'])
    await allSay([cut], 'shared_store_failed', ['good', 'a'])
    expect(await revokeAt(cut, 'b')).toBe(false)
    await allSay([second], 'allowed', ['good'])
    wire.mend()
    await allSay([first, second, cut], 'token_revoked', ['a', 'b'])
    await allSay([cut], 'allowed', ['good'])
  })

  it('REV-2: `local` goes on while it is cut off, and catches up', async () => {
    const server = await start()
    const wire = await layWire(server)
    onTestFinished(() => wire.close())
    const [first, cut] = [startInstance(server), startInstance(wire, { onOutage: 'local' })]
    await allSay([first, cut], 'allowed', ['good'])
    await revokeSurely([first], ['a'])
    await allSay([cut], 'token_revoked', ['a'])
    wire.cut()
    await pause(3000)
    await revokeSurely([first], ['b'])
    expect(await says(cut, 'a')).toBe('token_revoked')
    expect(await says(cut, 'b')).toBe('allowed')
    wire.mend()
    await allSay([cut], 'token_revoked', ['b'])
  })

  it('REV-2: full, it is away for all instances, and nothing is lost when it has room again', async () => {
    const server = await start({ config: { 'maxmemory-policy': 'noeviction' } })
    const instances = four(server)
    await allSay(instances, 'allowed', ['good'])
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    await allSay(instances, 'shared_store_failed', ['good'])
    expect(await revokeAt(at(instances, 0), 'a')).toBe(false)
    await server.command('CONFIG', 'SET', 'maxmemory', '0')
    await allSay(instances, 'token_revoked', ['a'])
    await allSay(instances, 'allowed', ['good'])
  })

  it('REV-2: read-only, it is away for all instances, and nothing is lost', async () => {
    const [server, other] = [await start(), await start()]
    const instances = four(server)
    await allSay(instances, 'allowed', ['good'])
    await revokeSurely(instances, ['a'])
    await server.command('REPLICAOF', '127.0.0.1', String(other.port))
    await allSay(instances, 'shared_store_failed', ['good'])
    expect(await revokeAt(at(instances, 1), 'b')).toBe(false)
    // It took the data of the other server, so it has lost its own.
    await server.command('REPLICAOF', 'NO', 'ONE')
    await allSay(instances, 'token_revoked', ['a', 'b'])
    await allSay([startInstance(server)], 'token_revoked', ['a', 'b'])
  })

  it('REV-2: an instance that is restarted in the middle knows what the others know', async () => {
    const server = await start()
    const instances = four(server)
    await allSay(instances, 'allowed', ['good'])
    const revoking = (async () => {
      for (const session of names(200, 'a')) await revokeAt(at(instances, 1), session)
    })()
    await pause(20)
    at(instances, 0).close()
    instances[0] = startInstance(server)
    await revoking
    await allSay(instances, 'token_revoked', names(200, 'a'))
  })

  it('with a store that is not there yet, it is ready when the store is', async () => {
    const server = await start()
    await server.kill()
    const first = startInstance(server)
    expect(await says(first, 'good')).toBe('shared_store_failed')
    await server.restart()
    await allSay([first], 'allowed', ['good'])
  })
})

describe.each(PACKAGES.filter(({ sentinel }) => sentinel))('a failover, with $name', (one) => {
  it('REV-2: loses no revocation, also not those that the replica did not have', async () => {
    const set = await startSentinel()
    onTestFinished(() => set.stop())
    const open = () => startInstance({ client: one.sentinel?.(set.sentinels, set.name) as never })
    const instances = [open(), open(), open()]
    await allSay(instances, 'allowed', ['good'])
    await revokeSurely(instances, names(20, 'before'))
    const master = await set.master()
    // The replicas get nothing from now on, as if they were behind.
    for (const server of set.servers) if (server !== master) server.pause()
    await revokeAll(instances, names(20, 'lost'))
    await allSay(instances, 'token_revoked', names(20, 'lost'))
    await master.kill()
    for (const server of set.servers) if (server !== master) server.resume()
    await revokeAll(instances, names(20, 'during'))
    await until('there is a new master', async () => (await set.master()) !== master)
    const all = [...names(20, 'before'), ...names(20, 'lost'), ...names(20, 'during')]
    await allSay(instances, 'token_revoked', all)
    await allSay(instances, 'allowed', ['good'])
    await allSay([open()], 'token_revoked', all)
  })
})
