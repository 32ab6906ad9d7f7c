import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SessionOptions } from '../../../src/mcp/session-options.ts'
import { SharedSessionStore } from '../../../src/mcp/shared-session-store.ts'
import { SealedValues } from '../../../src/storage/sealed-values.ts'
import { Sealing } from '../../../src/storage/sealing.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { eventually } from '../../support/decisions.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'
import { ISSUER, RESOURCE } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'
import { gate } from './session-callers.ts'

const warnings = collectWarnings()
const KEY = randomBytes(32)
const OPENING = { keys: ['k'], expiresAt: 1, checkedAt: 1 }
const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

/** Several instances over one store and one clock. */
function instances() {
  const store = new MemorySharedStore()
  const clock = createTestClock()
  const start = async (sessions: SessionOptions = {}, more: object = {}) => {
    const sealingKeys = KEY.toString('base64')
    const sharedStore = { store, onOutage: 'local', sessions: true, sealingKeys }
    const instance = gate(sessions, { clock, sharedStore, ...more })
    servers.push(instance.server)
    await instance.server.ready()
    return instance
  }
  return { store, clock, start }
}

function valuesIn(store: MemorySharedStore): [key: string, value: string][] {
  const [, ...values] = JSON.parse(store.dump()) as [unknown, ...[string, { value: string }][]]
  return values
    .filter(([key]) => key.startsWith('session:'))
    .map(([key, { value }]) => [key, value])
}

describe('MCP sessions in the shared store', () => {
  it('MCP-20 S1.14: a session continues on every instance, and for its principal only', async () => {
    const { start } = instances()
    const [a, b] = [await start(), await start()]
    await a.open('alice', 's1')
    expect(await b.outcome('alice', 's1')).toBe('allowed')
    expect(await b.outcome('alice-refreshed', 's1')).toBe('allowed')
    for (const other of ['bob', 'alice-by-another-client', 'alice-of-another-issuer', 'nobody']) {
      expect(await b.outcome(other, 's1')).toBe('session_unknown')
    }
    expect(await b.outcome('alice', 's2')).toBe('session_unknown')
  })

  it('S1.14: the first owner stays, whichever instance the second one asks', async () => {
    const { start } = instances()
    const [a, b] = [await start(), await start()]
    await Promise.all([a.open('alice', 's1'), b.open('bob', 's1')])
    expect(await b.outcome('alice', 's1')).toBe('allowed')
    expect(await a.outcome('bob', 's1')).toBe('session_unknown')
  })

  it('MCP-20: a session that one instance closes is closed on all of them at once', async () => {
    const { start } = instances()
    const [a, b] = [await start(), await start()]
    await a.open('alice', 's1')
    expect(await b.outcome('alice', 's1')).toBe('allowed')
    await a.answer('alice', { 'mcp-session-id': 's1' }, 200, undefined, 'DELETE')
    expect(await b.outcome('alice', 's1')).toBe('session_unknown')
  })

  it('REV-1: a session whose opening token is revoked at one instance ends on the other', async () => {
    const { start } = instances()
    const [a, b] = [await start(), await start()]
    await a.open('alice', 's1')
    expect(await b.outcome('alice-refreshed', 's1')).toBe('allowed')
    await a.server.revoke({ token: 'token-1', issuer: ISSUER })
    await eventually(async () =>
      expect(await b.outcome('alice-refreshed', 's1')).toBe('session_unknown'),
    )
    expect(await b.outcome('alice-refreshed', {})).toBe('allowed')
  })

  it('an unused session ends after maxIdle, and a session in use goes on', async () => {
    const { start, clock } = instances()
    const [a, b] = [await start({ maxIdle: 100 }), await start({ maxIdle: 100 })]
    await a.open('alice', 's1')
    for (let step = 0; step < 5; step += 1) {
      clock.advance(60)
      expect(await b.outcome('alice', 's1')).toBe('allowed')
    }
    clock.advance(100)
    expect(await a.outcome('alice', 's1')).toBe('allowed')
    clock.advance(101)
    expect(await a.outcome('alice', 's1')).toBe('session_unknown')
  })

  it('a session in use is written once in a tenth of maxIdle, not at every request', async () => {
    const { store, start, clock } = instances()
    const a = await start({ maxIdle: 1000 })
    await a.open('alice', 's1')
    const set = vi.spyOn(store, 'set')
    for (let second = 0; second < 99; second += 1) {
      clock.advance(1)
      await a.outcome('alice', 's1')
    }
    expect(set).not.toHaveBeenCalled()
    clock.advance(1)
    await a.outcome('alice', 's1')
    expect(set).toHaveBeenCalledOnce()
  })

  it('a principal has at most maxPerPrincipal sessions in use at an instance: the oldest one ends everywhere', async () => {
    const { start } = instances()
    const [a, b] = [await start({ maxPerPrincipal: 2 }), await start({ maxPerPrincipal: 2 })]
    for (const id of ['s1', 's2']) await a.open('alice', id)
    expect(await a.outcome('alice', 's1')).toBe('allowed')
    await a.open('alice', 's3')
    await eventually(async () => expect(await b.outcome('alice', 's2')).toBe('session_unknown'))
    expect(await b.outcome('alice', 's1')).toBe('allowed')
    expect(await b.outcome('alice', 's3')).toBe('allowed')
  })

  it('sessions of another resource are unknown, although both share store and key', async () => {
    const { start } = instances()
    const a = await start()
    const other = await start({}, { resource: 'https://other.example.com/mcp' })
    await a.open('alice', 's1')
    expect(await other.outcome('alice', 's1')).toBe('session_unknown')
  })

  it('REV-3: nothing of a session and its owner can be read in the store', async () => {
    const { store, start } = instances()
    const a = await start()
    await a.open('alice', 'session-id-0123456789')
    const seen = valuesIn(store)
      .flatMap(([key, value]) => [key, value, Buffer.from(value, 'base64url').toString('latin1')])
      .join('\n')
    expect(valuesIn(store)).toHaveLength(1)
    for (const secret of ['session-id', 'alice', 'inspector', ISSUER, RESOURCE, 'principal']) {
      expect(seen).not.toContain(secret)
    }
  })
})

describe('what is wrong in the shared store never lets a caller in', () => {
  it('S1.14 REV-3: the owner of another session, put under the key of this one', async () => {
    const { store, start } = instances()
    const a = await start()
    await a.open('alice', 's1')
    const [[key] = ['']] = valuesIn(store)
    await a.open('bob', 's2')
    const bobs = valuesIn(store).find(([one]) => one !== key)?.[1] ?? ''
    await store.set(key, bobs, Number.MAX_SAFE_INTEGER)
    expect(await a.outcome('bob', 's1')).toBe('session_unknown')
    expect(await a.outcome('alice', 's1')).toBe('session_unknown')
    expect(warnings.map(([, code]) => code)).toEqual(['MCP_SHARED_STORE_FAILED'])
  })

  it.each([
    ['cut', (value: string) => value.slice(0, -3)],
    ['plain', () => JSON.stringify({ owner: { principal: 'x' }, until: 9e15 })],
    ['empty', () => ''],
  ])('REV-3: %s values are unknown sessions', async (_what, change) => {
    const { store, start } = instances()
    const a = await start()
    await a.open('alice', 's1')
    for (const [key, value] of valuesIn(store)) {
      await store.set(key, change(value), Number.MAX_SAFE_INTEGER)
    }
    expect(await a.outcome('alice', 's1')).toBe('session_unknown')
  })

  it('an old value that is put back counts until its original end', async () => {
    const { store, start, clock } = instances()
    const a = await start({ maxIdle: 100 })
    await a.open('alice', 's1')
    const [[key, value] = ['', '']] = valuesIn(store)
    clock.advance(101)
    await store.set(key, value, Number.MAX_SAFE_INTEGER)
    expect(await a.outcome('alice', 's1')).toBe('session_unknown')
  })

  /** What another version, or a mistake, may seal. */
  it.each<[string, unknown]>([
    ['no object', 5],
    ['no owner', { until: 9e15 }],
    ['an owner that is a list', { owner: [], until: 9e15 }],
    ['no principal', { owner: { subject: 's', opening: OPENING }, until: 9e15 }],
    [
      'bound: "yes"',
      { owner: { principal: 'p', subject: 's', bound: 'yes', opening: OPENING }, until: 9e15 },
    ],
    ['no opening', { owner: { principal: 'p', subject: 's' }, until: 9e15 }],
    [
      'an opening without keys',
      {
        owner: { principal: 'p', subject: 's', opening: { keys: [], expiresAt: 1, checkedAt: 1 } },
        until: 9e15,
      },
    ],
    [
      'no end',
      {
        owner: {
          principal: 'p',
          subject: 's',
          opening: { keys: ['k'], expiresAt: 1, checkedAt: 1 },
        },
      },
    ],
  ])('a sealed value with %s is an unknown session', async (_what, stored) => {
    const clock = createTestClock()
    const values = new SealedValues({
      store: new MemorySharedStore(),
      sealing: new Sealing([KEY], clock),
      purpose: 'session',
      scope: RESOURCE,
      onFault: expect.unreachable,
    })
    await values.set('key', JSON.stringify(stored), 9e15)
    const bounds = { maxSessions: 10, maxPerPrincipal: 10, maxPerSubject: 10, maxIdle: 100 }
    expect(await new SharedSessionStore(values, bounds, clock).get('key')).toBeUndefined()
  })

  it('a renewal does not bring back a session that another instance removes at that moment', async () => {
    const { store, start, clock } = instances()
    const [a, b] = [await start({ maxIdle: 100 }), await start({ maxIdle: 100 })]
    await a.open('alice', 's1')
    clock.advance(50)
    // B has read the owner. Before B writes it again, A removes the session.
    const set = store.set.bind(store)
    const spied = vi.spyOn(store, 'set').mockImplementationOnce(async (...args) => {
      spied.mockRestore()
      await a.answer('alice', { 'mcp-session-id': 's1' }, 200, undefined, 'DELETE').catch(() => {})
      return set(...args)
    })
    await b.outcome('alice', 's1')
    expect(await b.outcome('alice', 's1')).toBe('session_unknown')
  })
})

describe('the shared store is away', () => {
  it('down: a request that names a session is answered with 503, others go on, and all recover', async () => {
    const { store, start } = instances()
    const a = await start()
    await a.open('alice', 's1')
    store.state = 'down'
    expect(await a.ask('alice', 's1')).toMatchObject({
      status: 503,
      reason: 'session_store_failed',
    })
    expect(await a.outcome('alice', {})).toBe('allowed')
    store.state = 'up'
    expect(await a.outcome('alice', 's1')).toBe('allowed')
  })

  it('hanging: a request that names a session gets its 503 all the same', async () => {
    const { store, start } = instances()
    const a = await start()
    await a.open('alice', 's1')
    store.state = 'hanging'
    expect(await a.ask('alice', 's1')).toMatchObject({ status: 503 })
  })

  it('emptied: the session is unknown, so the client opens a new one', async () => {
    const { store, start } = instances()
    const a = await start()
    await a.open('alice', 's1')
    store.wipe()
    expect(await a.outcome('alice', 's1')).toBe('session_unknown')
  })
})
