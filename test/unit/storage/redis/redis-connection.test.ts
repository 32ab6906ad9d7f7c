import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RedisClient } from '../../../../src/storage/redis/redis-client.ts'
import { RedisConnection } from '../../../../src/storage/redis/redis-connection.ts'

/** A client of ioredis whose answers the test gives. */
class FakeClient extends EventEmitter {
  status = 'ready'
  isClosed = false
  readonly sent: { readonly args: string[]; readonly answer: (value: unknown) => void }[] = []

  call(...args: string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const answer = (value: unknown) => (value instanceof Error ? reject(value) : resolve(value))
      this.sent.push({ args, answer })
    })
  }
  async connect(): Promise<void> {}
  duplicate(): void {}
  disconnect(): void {
    this.isClosed = true
  }
  /** Answers the next command. */
  async answer(value: unknown): Promise<void> {
    while (this.sent.length === 0) await pause(5)
    this.sent.shift()?.answer(value)
  }
}

/** A connection that makes fake clients, and those that it made. */
function open(timeout = 60_000) {
  const clients: FakeClient[] = []
  const make = (): RedisClient => {
    const client = new FakeClient()
    clients.push(client)
    return client
  }
  return { connection: new RedisConnection(make, timeout), clients }
}

// The tests hold the time: on a busy machine a second may pass between two lines.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const pause = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

describe('a connection', () => {
  it('is kept over answers and over error replies of the server', async () => {
    const { connection, clients } = open()
    const first = connection.send('key', ['GET', 'key'])
    await pause(10)
    await clients[0]?.answer('value')
    expect(await first).toBe('value')
    const second = connection.send('key', ['GET', 'key'])
    await pause(10)
    await clients[0]?.answer(new Error('WRONGTYPE Operation against a key'))
    await expect(second).rejects.toThrow(/^GET: the server answered WRONGTYPE$/)
    expect(clients).toHaveLength(1)
    connection.close()
  })

  it('is thrown away after a command without an answer, and what came later is not sent on it', async () => {
    const { connection, clients } = open(1000)
    const unanswered = expect(connection.send('key', ['GET', 'a'])).rejects.toThrow(
      'GET: no answer within 1000 ms',
    )
    await pause(1000)
    await unanswered
    expect(clients.map(({ isClosed }) => isClosed)).toEqual([true])
    const next = connection.send('key', ['GET', 'b'])
    while (clients[1] === undefined) await pause(5)
    await clients[1].answer('value')
    expect(await next).toBe('value')
    expect(clients[0]?.sent.map(({ args }) => args)).toEqual([['GET', 'a']])
    expect(clients).toHaveLength(2)
    connection.close()
  })

  it('that is thrown away still gives the answers that others wait for', async () => {
    const { connection, clients } = open(1500)
    const stuck = connection.send('key', ['GET', 'stuck'])
    stuck.catch(() => {})
    await pause(1000)
    const other = connection.send('key', ['GET', 'other'])
    await pause(500)
    await expect(stuck).rejects.toThrow('no answer')
    expect(clients[0]?.isClosed).toBe(false)
    clients[0]?.sent[1]?.answer('value')
    expect(await other).toBe('value')
    await pause(5)
    expect(clients[0]?.isClosed).toBe(true)
    connection.close()
  })

  it.each([
    'READONLY You',
    'UNBLOCKED force',
    'An error was signalled by the server: - ReadOnly: You',
  ])('is thrown away when the server is no master: %s', async (reply) => {
    const { connection, clients } = open()
    const sent = connection.send('key', ['SET', 'a', 'b'])
    await pause(10)
    await clients[0]?.answer(new Error(`${reply} can't write against a read only replica.`))
    await expect(sent).rejects.toThrow(/the server answered (READONLY|UNBLOCKED)$/)
    expect(clients[0]?.isClosed).toBe(true)
    connection.close()
  })

  it('that is lost fails what was sent on it, at once', async () => {
    const { connection, clients } = open(60_000)
    const sent = connection.send('key', ['GET', 'a'])
    await pause(10)
    clients[0]?.emit('close')
    await expect(sent).rejects.toThrow('GET: the connection was lost')
    expect(clients[0]?.isClosed).toBe(true)
    connection.close()
  })

  it('waits a little before it is opened again', async () => {
    let made = 0
    const connection = new RedisConnection(() => {
      made += 1
      throw new Error('down')
    }, 900)
    const calls = Array.from({ length: 50 }, () => connection.send('key', ['GET', 'a']))
    const settled = Promise.allSettled(calls)
    await pause(900)
    const results = await settled
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
    expect(made).toBeGreaterThan(1)
    expect(made).toBeLessThan(8)
    connection.close()
  })

  it('gives up a command at a signal, and the connection on which the server still waits', async () => {
    const { connection, clients } = open(60_000)
    const stop = new AbortController()
    const sent = connection.send('key', ['XREAD'], { wait: 1000, signal: stop.signal })
    await pause(10)
    stop.abort()
    await expect(sent).rejects.toThrow('XREAD')
    expect(clients[0]?.isClosed).toBe(true)
    const late = connection.send('key', ['XREAD'], { signal: AbortSignal.abort() })
    await expect(late).rejects.toThrow('XREAD')
    expect(clients).toHaveLength(1)
    connection.close()
  })

  it('that is made after the store was closed is closed too', async () => {
    const client = new FakeClient()
    const late = new Promise<RedisClient>((resolve) => {
      setTimeout(() => resolve(client as RedisClient), 50)
    })
    const connection = new RedisConnection(() => late, 1000)
    const sent = connection.send('key', ['GET', 'a'])
    sent.catch(() => {})
    await pause(10)
    connection.close()
    await expect(sent).rejects.toThrow('the store is closed')
    await pause(60)
    expect(client.isClosed).toBe(true)
    expect(client.sent).toEqual([])
  })
})
