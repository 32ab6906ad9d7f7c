import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { linkedAbort } from '../../../src/storage/linked-abort.ts'
import { LogInTime } from '../../../src/storage/log-in-time.ts'
import { RedisStore } from '../../../src/storage/redis/redis-store.ts'

describe('a signal that lives longer than the work', () => {
  it('ends the work, and also work that begins later', async () => {
    const stop = new AbortController()
    const aborted = ({ signal }: AbortController) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)))
    const work = linkedAbort(stop.signal, aborted)
    stop.abort('over')
    expect(await work).toBe('over')
    expect(await linkedAbort(stop.signal, async ({ signal }) => signal.reason)).toBe('over')
  })

  it('REV-2: a process that follows the log for months keeps nothing of each read', async () => {
    const any = vi.spyOn(AbortSignal, 'any')
    const client = { status: 'ready', on() {}, disconnect() {}, call: async () => null }
    const make = () => client as never
    const store = new RedisStore({ make, prefix: 'p', timeout: 1000, clock: Date.now })
    const log = new LogInTime(store.log('revocations'))
    const stop = new AbortController()
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const heapAfter = async (reads: number) => {
      for (let read = 0; read < reads; read += 1) await log.read('1-1', 1000, stop.signal)
      collect()
      return process.memoryUsage().heapUsed
    }
    let before = await heapAfter(2000)
    const grown: number[] = []
    for (let round = 0; round < 3; round += 1) {
      const after = await heapAfter(20_000)
      grown.push(after - before)
      before = after
    }
    // A race with one promise of the connection would keep 300 bytes of each read, in every round. What else is in
    // this process may grow once.
    expect(Math.min(...grown)).toBeLessThan(3_000_000)
    expect(getEventListeners(stop.signal, 'abort')).toEqual([])
    expect(any).not.toHaveBeenCalled()
    any.mockRestore()
    store.close()
  })
})
