import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { revocationKey } from '../../../src/revocation/revocation.ts'
import type { Revocations } from '../../../src/revocation/revocations.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'
import {
  revocationEvents,
  revocationsOf,
  tokenOf,
  verdict,
} from '../../support/revocation-instance.ts'
import { ISSUER, NOW } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const warnings = collectWarnings()
const living: Revocations[] = []

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  for (const revocations of living.splice(0)) revocations.close()
  vi.useRealTimers()
})

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

function start(...args: Parameters<typeof revocationsOf>): Revocations {
  const revocations = revocationsOf(...args)
  living.push(revocations)
  return revocations
}

async function started(...args: Parameters<typeof revocationsOf>): Promise<Revocations> {
  const revocations = start(...args)
  await Promise.all([revocations.ready(), pass(10)])
  return revocations
}

const revoke = (revocations: Revocations, session: string) => revocations.revoke({ session })
const refused = 'shared_store_failed'

/** A revocation that must fail, because the store does. */
async function revokeInVain(revocations: Revocations, session: string) {
  const failed = expect(revoke(revocations, session)).rejects.toMatchObject({ reason: refused })
  await pass(1500)
  await failed
}

describe('an instance that starts', () => {
  it('REV-2: reads what was revoked before, and requests wait for that', async () => {
    const store = new MemorySharedStore()
    await revoke(await started(store), 'a')
    store.delay = 300
    const second = start(store)
    const seen = verdict(second, tokenOf('a'))
    await pass(2900)
    expect(await seen).toBe('token_revoked')
    expect(await verdict(second, tokenOf('b'))).toBe('allowed')
  })

  it('REV-2: reads a long log to its end before the first request', async () => {
    const store = new MemorySharedStore()
    const first = await started(store)
    for (let at = 0; at < 25; at += 1) await revoke(first, `s${at}`)
    store.readLimit = 10
    expect(await verdict(start(store), tokenOf('s24'))).toBe('token_revoked')
  })

  it.each(['refuse', 'local'] as const)(
    'REV-2: with a store that hangs, it lets no request through, and answers within 3 s: %s',
    async (onOutage) => {
      const store = new MemorySharedStore()
      store.state = 'hanging'
      const first = start(store, { onOutage })
      const seen = verdict(first, tokenOf('a'))
      await pass(3000)
      expect(await seen).toBe(refused)
      // The store is known to be away: nobody waits.
      expect(await verdict(first, tokenOf('a'))).toBe(refused)
      store.state = 'up'
      await pass(3000)
      expect(await verdict(first, tokenOf('a'))).toBe('allowed')
    },
  )

  it.each(['refuse', 'local'] as const)(
    'REV-2: ready() says after 10 s that the store does not answer: %s',
    async (onOutage) => {
      const store = new MemorySharedStore()
      store.state = 'down'
      const ready = start(store, { onOutage }).ready()
      const failed = expect(ready).rejects.toMatchObject({
        reason: refused,
        message:
          'this instance has not read the revocations of the shared store yet: the shared store failed with Error',
      })
      await pass(10_000)
      await failed
    },
  )

  it('ready() goes on when the store comes in time', async () => {
    const store = new MemorySharedStore()
    store.state = 'down'
    const ready = start(store).ready()
    await pass(8000)
    store.state = 'up'
    await pass(600)
    await ready
  })

  it('answers 503 after close(), without a wait', async () => {
    const first = start(new MemorySharedStore())
    first.close()
    expect(await verdict(first, tokenOf('a'))).toBe(refused)
  })
})

describe('while the store is away', () => {
  it.each(['down', 'hanging', 'answers_lost', 'full', 'read_only'] as const)(
    'REV-2: every request is refused with 503 within 3 s, and not with 401: %s',
    async (state) => {
      const store = new MemorySharedStore()
      const first = await started(store)
      store.state = state
      await pass(3000)
      expect(await verdict(first, tokenOf('a'))).toBe(refused)
      store.state = 'up'
      await pass(3000)
      expect(await verdict(first, tokenOf('a'))).toBe('allowed')
    },
  )

  it.each(['down', 'hanging', 'full'] as const)(
    'REV-2: `local` goes on with what it knows: %s',
    async (state) => {
      const store = new MemorySharedStore()
      const first = await started(store, { onOutage: 'local' })
      await revoke(first, 'a')
      store.state = state
      await pass(3000)
      await revokeInVain(first, 'b')
      expect(await verdict(first, tokenOf('a'))).toBe('token_revoked')
      expect(await verdict(first, tokenOf('b'))).toBe('token_revoked')
      expect(await verdict(first, tokenOf('c'))).toBe('allowed')
    },
  )

  it('tells operators once when it goes and once when it comes back, and warns once', async () => {
    const events = revocationEvents()
    const store = new MemorySharedStore()
    await started(store)
    expect(events).toEqual([])
    for (let round = 0; round < 2; round += 1) {
      store.state = 'down'
      await pass(10_000)
      store.state = 'up'
      await pass(10_000)
    }
    const kinds = ['store_away', 'store_back', 'store_away', 'store_back']
    expect(events.map(({ kind }) => kind)).toEqual(kinds)
    expect(events[0]).toMatchObject({
      source: 'shared_store',
      detail: 'the shared store failed with Error',
    })
    expect(warnings).toEqual([
      [
        'the shared store failed with Error. Requests are answered with 503 until it answers',
        'MCP_SHARED_STORE_FAILED',
      ],
    ])
  })

  it('operators learn why the store is away, if the error is one of this package', async () => {
    const events = revocationEvents()
    const store = new MemorySharedStore()
    await started(store)
    store.state = 'hanging'
    await pass(3000)
    expect(events).toMatchObject([
      {
        kind: 'store_away',
        detail: 'the shared store failed with StoreTooSlow: no answer within 2500 ms',
      },
    ])
  })

  it('BCL-3: a source gets its error within 2 s when the store hangs, and at once when it is away', async () => {
    const store = new MemorySharedStore()
    const first = await started(store)
    store.state = 'hanging'
    await revokeInVain(first, 'a')
    await pass(3000)
    await expect(revoke(first, 'b')).rejects.toMatchObject({ reason: refused })
  })

  it('BCL-3: a message that is sent again succeeds only when the store has it', async () => {
    const store = new MemorySharedStore()
    const first = await started(store)
    store.state = 'full'
    await revokeInVain(first, 'a')
    await revokeInVain(first, 'a')
    store.state = 'up'
    await pass(3000)
    await revoke(first, 'a')
    expect(await verdict(await started(store), tokenOf('a'))).toBe('token_revoked')
  })
})

describe('when the store is back', () => {
  it.each(['down', 'hanging', 'answers_lost', 'full', 'read_only'] as const)(
    'REV-2: has what was revoked meanwhile at an instance: %s',
    async (state) => {
      const store = new MemorySharedStore()
      const [first, second] = [await started(store), await started(store)]
      store.state = state
      await revokeInVain(first, 'a')
      await pass(5000)
      store.state = 'up'
      await pass(3000)
      expect(await verdict(second, tokenOf('a'))).toBe('token_revoked')
      expect(await verdict(await started(store), tokenOf('a'))).toBe('token_revoked')
    },
  )

  it('REV-2: an instance that was cut off learns all that the others have revoked before it answers', async () => {
    const store = new MemorySharedStore()
    const connection = store.connect()
    const [first, second] = [await started(store), await started(connection)]
    connection.state = 'hanging'
    await pass(3000)
    for (const session of ['a', 'b', 'c']) await revoke(first, session)
    store.readLimit = 1
    connection.state = 'up'
    for (let time = 0; time < 3000; time += 100) {
      await pass(100)
      expect(await verdict(second, tokenOf('c'))).not.toBe('allowed')
    }
    expect(await verdict(second, tokenOf('c'))).toBe('token_revoked')
  })

  it.each([false, true])(
    'REV-2: empty, it gets back what the instances know: smaller positions %s',
    async (backwards) => {
      const store = new MemorySharedStore()
      const [first, second] = [await started(store), await started(store)]
      await revoke(first, 'a')
      await revoke(second, 'b')
      await pass(100)
      store.state = 'down'
      await pass(1000)
      store.wipe(backwards)
      store.state = 'up'
      await pass(3000)
      const third = await started(store)
      await revoke(third, 'c')
      await pass(3000)
      for (const instance of [first, second, third, await started(store)]) {
        for (const session of ['a', 'b', 'c']) {
          expect(await verdict(instance, tokenOf(session))).toBe('token_revoked')
        }
        expect(await verdict(instance, tokenOf('d'))).toBe('allowed')
      }
    },
  )

  it('RFC9449-6: it gets back what it may have lost, after every failure, until it has everything', async () => {
    const store = new MemorySharedStore()
    const first = await started(store)
    const answers = [false, true]
    const restore = vi.fn(async () => answers.shift() ?? true)
    first.whenStoreHasLost(restore)
    await pass(3000)
    expect(restore).toHaveBeenCalledTimes(0)
    // The store keeps its data.
    store.state = 'down'
    await pass(3000)
    store.state = 'up'
    await pass(10_000)
    expect(restore).toHaveBeenCalledTimes(2)
    store.wipe()
    await pass(10_000)
    expect(restore).toHaveBeenCalledTimes(3)
  })

  it('RFC9449-6: emptied between two questions, it is noticed at the next one', async () => {
    const store = new MemorySharedStore()
    const first = await started(store)
    const restore = vi.fn(async () => true)
    first.whenStoreHasLost(restore)
    const { get } = store
    const asked = vi.spyOn(store, 'get').mockImplementation(async (key) => {
      const value = await get.call(store, key)
      if (asked.mock.calls.length === 1) store.wipe()
      return value
    })
    await pass(5000)
    expect(restore).toHaveBeenCalledTimes(1)
  })

  it('REV-2: emptied while all are connected, it gets everything back within 2 s', async () => {
    const store = new MemorySharedStore()
    await revoke(await started(store), 'a')
    await pass(100)
    store.wipe()
    await pass(2100)
    expect(await verdict(await started(store), tokenOf('a'))).toBe('token_revoked')
  })

  it('REV-2: a failover that lost the last entries loses no revocation', async () => {
    const store = new MemorySharedStore()
    const first = await started(store)
    for (const session of ['a', 'b', 'c', 'd']) await revoke(first, session)
    await pass(100)
    store.lose(2)
    await revoke(first, 'e')
    await pass(3000)
    const second = await started(store)
    for (const session of ['a', 'b', 'c', 'd', 'e']) {
      expect(await verdict(second, tokenOf(session))).toBe('token_revoked')
    }
  })

  it('REV-2: an entry that was confirmed and lost before anybody read it is appended again', async () => {
    const store = new MemorySharedStore()
    const first = await started(store)
    await revoke(first, 'a')
    await pass(100)
    // The entry is confirmed and lost in the same turn: nobody has read it.
    const append = revoke(first, 'b')
    await append
    store.lose(1)
    await pass(4000)
    expect(await verdict(await started(store), tokenOf('b'))).toBe('token_revoked')
  })

  it('REV-2: it lacks the later of two revocations of one subject: the later one is appended', async () => {
    const store = new MemorySharedStore()
    const first = await started(store)
    const subject = (seconds: number) =>
      first.revoke({ subject: 'alice', issuedBefore: new Date((NOW + seconds) * 1000) })
    await subject(-100)
    await subject(-50)
    await pass(100)
    store.lose(1)
    await pass(3000)
    const second = await started(store)
    expect(await verdict(second, tokenOf('x', NOW - 50))).toBe('token_revoked')
    expect(await verdict(second, tokenOf('x', NOW - 49))).toBe('allowed')
  })

  it('a reading of the whole log that fails in the middle is begun again', async () => {
    const store = new MemorySharedStore()
    const connection = store.connect()
    const first = await started(connection)
    await revoke(first, 'a')
    await pass(100)
    connection.state = 'down'
    await pass(1000)
    store.wipe()
    const second = await started(store)
    for (const session of ['b', 'c', 'd']) await revoke(second, session)
    store.readLimit = 1
    const log = connection.log('revocations')
    connection.state = 'up'
    let reads = 0
    vi.spyOn(connection, 'log').mockReturnValue(log)
    // The connection breaks after a few reads.
    const timer = setInterval(() => {
      reads += 1
      connection.state = reads === 1 ? 'down' : 'up'
    }, 1)
    await pass(3000)
    clearInterval(timer)
    connection.state = 'up'
    await pass(3000)
    expect(await verdict(await started(store), tokenOf('a'))).toBe('token_revoked')
  })

  it('entries that arrive twice count once', async () => {
    const store = new MemorySharedStore()
    store.twice = true
    const [first, second] = [await started(store), await started(store)]
    await revoke(first, 'a')
    await pass(3000)
    expect(await verdict(second, tokenOf('a'))).toBe('token_revoked')
    expect(store.texts('revocations')).toHaveLength(2)
  })

  it('four instances append what a store has lost little more than once', async () => {
    const store = new MemorySharedStore()
    const instances = await Promise.all([1, 2, 3, 4].map(() => started(store)))
    for (let at = 0; at < 900; at += 1) await revoke(instances[at % 4] as Revocations, `s${at}`)
    await pass(3000)
    expect(store.texts('revocations')).toHaveLength(900)
    store.wipe()
    await pass(5000)
    const texts = store.texts('revocations')
    expect(new Set(texts).size).toBe(900)
    expect(texts.length).toBeLessThan(4 * 900)
    await pass(10_000)
    expect(store.texts('revocations')).toHaveLength(texts.length)
  })
})

describe('the list is full during an outage', () => {
  it('REV-2: a pending entry that was merged is shared as the entry that it was merged into', async () => {
    const store = new MemorySharedStore()
    const settings = { maxRevocations: 100 }
    const first = await started(store, { settings })
    store.state = 'down'
    await pass(1000)
    for (let at = 0; at < 250; at += 1) {
      await revoke(first, `s${at}`).catch(() => {})
    }
    store.state = 'up'
    await pass(3000)
    const second = await started(store, { settings: { maxRevocations: 1000 } })
    for (let at = 0; at < 250; at += 1) {
      expect(await verdict(second, tokenOf(`s${at}`)), `s${at}`).toBe('token_revoked')
    }
    // Merged entries revoke what was issued until then, and nothing later.
    expect(await verdict(second, tokenOf('x', NOW + 1))).toBe('allowed')
    expect(store.texts('revocations').length).toBeLessThanOrEqual(101)
  })
})

describe('the log', () => {
  const trims = (store: MemorySharedStore) => {
    const log = store.log('revocations')
    const trim = vi.spyOn(log, 'trim')
    vi.spyOn(store, 'log').mockReturnValue(log)
    return trim
  }

  it('is trimmed by who appends, once a minute: a day and a quarter of an hour at least', async () => {
    const store = new MemorySharedStore()
    const trim = trims(store)
    const first = await started(store)
    await pass(120_000)
    expect(trim).not.toHaveBeenCalled()
    for (const session of ['a', 'b', 'c']) await revoke(first, session)
    await pass(10_000)
    expect(trim.mock.calls).toEqual([[(86_400 + 900) * 1000]])
    await revoke(first, 'd')
    await pass(60_000)
    expect(trim).toHaveBeenCalledTimes(2)
  })

  it('is trimmed to the longest life of a token', async () => {
    const store = new MemorySharedStore()
    const trim = trims(store)
    const first = await started(store, { settings: { longestTokenLife: 200_000 } })
    await revoke(first, 'a')
    await pass(3000)
    expect(trim.mock.calls).toEqual([[(200_000 + 900) * 1000]])
  })

  it('that cannot be trimmed is told once, and sharing goes on', async () => {
    const events = revocationEvents()
    const store = new MemorySharedStore()
    trims(store).mockRejectedValue(new Error('NOPERM'))
    const [first, second] = [await started(store), await started(store)]
    for (const session of ['a', 'b', 'c']) {
      await revoke(first, session)
      await pass(61_000)
    }
    expect(await verdict(second, tokenOf('c'))).toBe('token_revoked')
    const told = events.filter(({ detail }) => detail.includes('cannot be trimmed'))
    expect(told).toHaveLength(1)
  })

  it('may have lost the last position to a trim: everything is read again', async () => {
    const store = new MemorySharedStore()
    const [first, second] = [await started(store), await started(store)]
    await revoke(first, 'a')
    await pass(100)
    store.lose(1)
    await pass(3000)
    await revoke(first, 'b')
    await pass(100)
    expect(await verdict(second, tokenOf('b'))).toBe('token_revoked')
  })

  it('a store that never waits is not asked without a pause', async () => {
    const store = new MemorySharedStore()
    const log = store.log('revocations')
    const read = vi.spyOn(log, 'read').mockResolvedValue([])
    vi.spyOn(store, 'log').mockReturnValue(log)
    await started(store)
    await pass(10_000)
    expect(read.mock.calls.length).toBeLessThan(50)
  })
})

describe('damaged entries', () => {
  const key = revocationKey(ISSUER, 'session', 'a')
  const everything = revocationKey(ISSUER, 'everything')
  const good = { key, everything, at: NOW }

  it.each<[string, unknown]>([
    ['no JSON', 'x'],
    ['null', 'null'],
    ['a list', '[]'],
    ['1 MB', JSON.stringify({ ...good, more: 'x'.repeat(1_000_000) })],
    ['deep nesting', '['.repeat(500)],
    ['a key of another type', JSON.stringify({ ...good, key: 1 })],
    ['a key that is no digest', JSON.stringify({ ...good, key: 'alice' })],
    ['no key of everything', JSON.stringify({ key, at: NOW })],
    ['no time', JSON.stringify({ key, everything })],
    ['a time that is text', JSON.stringify({ ...good, at: String(NOW) })],
    ['an endless time', JSON.stringify(good).replace(String(NOW), '1e999')],
    ['NaN', JSON.stringify(good).replace(String(NOW), 'NaN')],
    ['a negative time', JSON.stringify({ ...good, at: -1 })],
    ['`issuedUntil` that is null', JSON.stringify({ ...good, issuedUntil: null })],
    ['`issuedUntil` that is text', JSON.stringify({ ...good, issuedUntil: 'ever' })],
  ])('REV-2: are passed over, and told once: %s', async (_what, text) => {
    const events = revocationEvents()
    const store = new MemorySharedStore()
    const first = await started(store)
    const log = store.log('revocations')
    for (let round = 0; round < 3; round += 1) await log.append(text as string)
    await revoke(first, 'b')
    await pass(100)
    const second = await started(store)
    expect(await verdict(second, tokenOf('b'))).toBe('token_revoked')
    expect(await verdict(second, tokenOf('a'))).toBe('allowed')
    const told = events.filter(({ kind }) => kind === 'message_refused')
    expect(told).toHaveLength(2) // once in each instance
    expect(told[0]).toMatchObject({ source: 'shared_store' })
  })

  it('REV-2: an entry of the far future ends, and revokes no token that is issued later', async () => {
    const store = new MemorySharedStore()
    const began = performance.now()
    const first = await started(store, { clock: () => NOW * 1000 + performance.now() - began })
    const text = JSON.stringify({ key, everything, issuedUntil: 9e15, at: 9e15 })
    await store.log('revocations').append(text)
    await pass(2000)
    expect(await verdict(first, tokenOf('a', NOW + 300))).toBe('token_revoked')
    expect(await verdict(first, tokenOf('a', NOW + 301))).toBe('allowed')
    await pass((3600 + 303) * 1000)
    await revoke(first, 'b')
    expect(await verdict(first, tokenOf('a', NOW + 303))).toBe('allowed')
    expect(await verdict(first, tokenOf('a', NOW + 3900))).toBe('allowed')
  })

  it('REV-2: an entry of the far future that revokes for good ends too', async () => {
    const store = new MemorySharedStore()
    const began = performance.now()
    const first = await started(store, { clock: () => NOW * 1000 + performance.now() - began })
    await store.log('revocations').append(JSON.stringify({ key, everything, at: 9e15 }))
    await pass((3600 + 303) * 1000)
    await revoke(first, 'b')
    expect(await verdict(first, tokenOf('a', NOW + 300))).toBe('token_revoked')
    expect(await verdict(first, tokenOf('a', NOW + 303))).toBe('allowed')
  })

  it('REV-2: nobody can take a revocation of everything over for another issuer', async () => {
    const store = new MemorySharedStore()
    const other = 'https://other.example.com'
    const first = await started(store, {
      issuers: [ISSUER, other],
      settings: { maxRevocations: 100 },
    })
    await first.revoke({ issuer: ISSUER, everything: true })
    const text = JSON.stringify({
      key: everything,
      everything: revocationKey(other, 'everything'),
      at: NOW,
    })
    await store.log('revocations').append(text)
    await pass(100)
    for (let at = 0; at < 150; at += 1) await first.revoke({ issuer: other, session: `s${at}` })
    expect(await verdict(first, tokenOf('a', NOW - 1))).toBe('token_revoked')
    expect(await verdict(first, tokenOf('a', NOW + 1))).toBe('allowed')
  })

  it('REV-2: a clock that was an hour behind, and is set right, has shortened no revocation', async () => {
    const store = new MemorySharedStore()
    const right = await started(store)
    await right.revoke({ subject: 'alice' })
    let behind = 3600
    const clock = () => (NOW - behind) * 1000 + performance.now()
    const second = await started(store, { clock })
    behind = 0
    await pass(3000)
    expect(await verdict(second, tokenOf('a', NOW))).toBe('token_revoked')
    expect(await verdict(second, tokenOf('a', NOW + 1))).toBe('allowed')
  })

  it('REV-2: an instance whose clock is an hour ahead or behind shares its revocations', async () => {
    const store = new MemorySharedStore()
    const at = (seconds: number) => ({
      clock: () => (NOW + seconds) * 1000,
      settings: { longestTokenLife: 86_400 },
    })
    const [ahead, right, behind] = [
      await started(store, at(3600)),
      await started(store, at(0)),
      await started(store, at(-3600)),
    ]
    await revoke(ahead, 'a')
    await revoke(behind, 'b')
    await ahead.revoke({ client: 'inspector' })
    await pass(100)
    for (const instance of [ahead, right, behind]) {
      expect(await verdict(instance, tokenOf('a'))).toBe('token_revoked')
      expect(await verdict(instance, tokenOf('b'))).toBe('token_revoked')
      expect(await verdict(instance, tokenOf('c'))).toBe('allowed')
    }
    await pass(5000)
    const { length } = store.texts('revocations')
    await pass(60_000)
    expect(store.texts('revocations')).toHaveLength(length)
  })
})
