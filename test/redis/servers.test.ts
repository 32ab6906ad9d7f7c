import { describe, expect, it, onTestFinished } from 'vitest'
import { startCluster } from './support/start-cluster.ts'
import { startRedis } from './support/start-redis.ts'
import { startSentinel } from './support/start-sentinel.ts'

describe.each(['redis', 'valkey'] as const)('the servers of these tests: %s', (kind) => {
  it('keeps its data over a kill, loses it when restarted empty, and can be paused', async () => {
    const server = await startRedis({ kind })
    onTestFinished(() => server.stop())
    await server.command('SET', 'a', '1')
    await server.kill()
    await expect(server.command('GET', 'a')).rejects.toThrow()
    await server.restart()
    expect(await server.command('GET', 'a')).toBe('1')
    server.pause()
    const answer = server.command('GET', 'a')
    expect(await Promise.race([answer, pause(200)])).toBe('paused')
    server.resume()
    expect(await answer).toBe('1')
    await server.restart({ empty: true })
    expect(await server.command('GET', 'a')).toBeNull()
  })

  it('fails over under Sentinel', async () => {
    const set = await startSentinel({ kind })
    onTestFinished(() => set.stop())
    const old = await set.master()
    await old.command('SET', 'a', '1')
    await old.command('WAIT', '2', '1000')
    const next = await set.failOver()
    expect(next).not.toBe(old)
    expect(await next.command('GET', 'a')).toBe('1')
    await expect((await set.replica()).command('SET', 'a', '2')).rejects.toThrow()
  })

  it('moves a slot and fails over in a cluster', async () => {
    const cluster = await startCluster({ kind, replicas: 1 })
    onTestFinished(() => cluster.stop())
    const source = await cluster.nodeOf('a')
    await source.command('SET', 'a', '1')
    const target = await cluster.moveSlotOf('a')
    expect(target).not.toBe(source)
    expect(await target.command('GET', 'a')).toBe('1')
    await target.command('WAIT', '1', '1000')
    const replica = await cluster.failOver('a')
    expect(replica).not.toBe(target)
    expect(await replica.command('GET', 'a')).toBe('1')
  })
})

const pause = (milliseconds: number): Promise<string> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds, 'paused'))
