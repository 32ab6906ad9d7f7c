import { describe, expect, it, vi } from 'vitest'
import { MemoryReplayStore } from '../../../src/storage/memory-replay-store.ts'
import { SharedReplayStore } from '../../../src/storage/shared-replay-store.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'
import { clock, NOW } from '../../support/tokens.ts'

const UNTIL = (NOW + 300) * 1000

function instance(store: MemorySharedStore, onOutage: 'local' | 'refuse' = 'refuse', away = false) {
  const memory = new MemoryReplayStore(
    { maxIds: [100, 'max'], maxIdsPerOwner: [3, 'share'], longestLife: 600_000 },
    clock,
  )
  const state = { away }
  const isAway = () => state.away
  const replays = new SharedReplayStore({ memory, store, purpose: 'dpop', onOutage, isAway })
  const use = async (id: string, owner = 'alice') => replays.remember(id, UNTIL, owner)
  const knows = async (id: string) => replays.has(id)
  return { memory, state, use, knows, restore: () => replays.restore() }
}

const failed = { reason: 'replay_store_failed', status: 503 }

describe('ids that instances share', () => {
  it('RFC9449-6: an id works once, on every instance, also at the same time', async () => {
    const store = new MemorySharedStore()
    const [first, second] = [instance(store), instance(store)]
    expect(await first.use('a')).toBe(true)
    expect(await second.use('a')).toBe(false)
    const uses = [first, second, first, second].map(({ use }) => use('b'))
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1)
  })

  it('BCL-2: an instance can ask for an id without using it, and a store that fails has none', async () => {
    const store = new MemorySharedStore()
    const [first, second] = [instance(store), instance(store)]
    expect(await first.knows('a')).toBe(false)
    await first.use('a')
    expect([await first.knows('a'), await second.knows('a')]).toEqual([true, true])
    store.state = 'down'
    expect([await first.knows('a'), await second.knows('a')]).toEqual([true, false])
  })

  it('RFC9449-6: an id that this instance knows is not asked for', async () => {
    const store = new MemorySharedStore()
    const { use } = instance(store)
    await use('a')
    store.state = 'down'
    expect(await use('a')).toBe(false)
  })

  it('RFC9449-6: the store keeps an id a minute longer, because clocks differ', async () => {
    const store = new MemorySharedStore()
    const add = vi.spyOn(store, 'add')
    await instance(store).use('a')
    expect(add.mock.calls).toEqual([['replay/dpop/a', '1', UNTIL + 60_000]])
  })

  it('ids of another purpose are other ids', async () => {
    const store = new MemorySharedStore()
    await instance(store).use('a')
    expect(await store.add('replay/logout_token/a', '1', UNTIL)).toBe(true)
  })

  it('RFC9449-6: one owner cannot fill the store', async () => {
    const store = new MemorySharedStore()
    const add = vi.spyOn(store, 'add')
    const { use } = instance(store)
    for (const id of ['a', 'b', 'c']) await use(id)
    await expect(use('d')).rejects.toMatchObject(failed)
    expect(await use('d', 'bob')).toBe(true)
    expect(add).toHaveBeenCalledTimes(4)
  })
})

describe('ids while the store is away', () => {
  it('RFC9449-6: `refuse` fails, and the id is new when the store is back', async () => {
    const store = new MemorySharedStore()
    const { use, memory } = instance(store)
    store.state = 'down'
    await expect(use('a')).rejects.toMatchObject(failed)
    expect(memory.size).toBe(0)
    store.state = 'up'
    expect(await use('a')).toBe(true)
    expect(await use('a')).toBe(false)
  })

  it('RFC9449-6: `refuse` fails at once while the store is known to be away', async () => {
    const store = new MemorySharedStore()
    const { use } = instance(store, 'refuse', true)
    await expect(use('a')).rejects.toMatchObject(failed)
  })

  it('RFC9449-6: `local` goes on with its memory: an id works once in each instance', async () => {
    const store = new MemorySharedStore()
    const [first, second] = [instance(store, 'local'), instance(store, 'local', true)]
    store.state = 'down'
    for (const { use } of [first, second]) {
      expect(await use('a')).toBe(true)
      expect(await use('a')).toBe(false)
    }
  })

  it('RFC9449-6: `local` asks no store that is known to be away', async () => {
    const store = new MemorySharedStore()
    store.state = 'hanging'
    expect(await instance(store, 'local', true).use('a')).toBe(true)
  })

  it.each(['refuse', 'local'] as const)(
    'RFC9449-6: a store that hangs is waited for 2 s: %s',
    async (onOutage) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      try {
        const store = new MemorySharedStore()
        store.state = 'hanging'
        const use = instance(store, onOutage).use('a')
        const seen = use.catch(({ reason }) => reason)
        await vi.advanceTimersByTimeAsync(2000)
        expect(await seen).toBe(onOutage === 'local' ? true : 'replay_store_failed')
        expect(vi.getTimerCount()).toBe(0)
      } finally {
        vi.useRealTimers()
      }
    },
  )

  it.each([undefined, null, 'OK', 1])(
    'RFC9449-6: a store that says %s has failed',
    async (said) => {
      const store = new MemorySharedStore()
      vi.spyOn(store, 'add').mockResolvedValue(said as never)
      await expect(instance(store).use('a')).rejects.toMatchObject(failed)
    },
  )
})

describe('a store that has lost its ids', () => {
  it('RFC9449-6: gets back those of every instance, and refuses them again', async () => {
    const store = new MemorySharedStore()
    const [first, second] = [instance(store), instance(store)]
    for (const [at, owner] of ['alice', 'bob', 'carol'].entries()) await first.use(`${at}`, owner)
    store.wipe()
    await first.restore()
    for (const id of ['0', '1', '2']) expect(await second.use(id)).toBe(false)
    expect(await second.use('3', 'bob')).toBe(true)
  })

  it('RFC9449-6: `refuse` takes no id until the store has them back', async () => {
    const store = new MemorySharedStore()
    const { use, restore } = instance(store)
    await use('a')
    store.delay = 5
    const restored = restore()
    await expect(use('b')).rejects.toMatchObject(failed)
    await restored
    expect(await use('b')).toBe(true)
  })

  it('RFC9449-6: a store that is away again still lacks them, and `refuse` takes no id', async () => {
    const store = new MemorySharedStore()
    const { use, restore } = instance(store)
    await use('a')
    store.state = 'down'
    expect(await restore()).toBe(false)
    store.state = 'up'
    await expect(use('b')).rejects.toMatchObject(failed)
    expect(await restore()).toBe(true)
    expect(await use('b')).toBe(true)
  })

  it('RFC9449-6: of two restores at once, the later one counts', async () => {
    const store = new MemorySharedStore()
    const { use, restore } = instance(store)
    await use('a')
    const first = restore()
    store.delay = 5
    const second = restore()
    await first
    await expect(use('b')).rejects.toMatchObject(failed)
    await second
    expect(await use('b')).toBe(true)
  })

  it('RFC9449-6: `local`: what was used during an outage is refused by the others after it', async () => {
    const store = new MemorySharedStore()
    const [first, second] = [instance(store, 'local', true), instance(store, 'local')]
    expect(await first.use('a')).toBe(true)
    first.state.away = false
    await first.restore()
    expect(await second.use('a')).toBe(false)
  })
})
