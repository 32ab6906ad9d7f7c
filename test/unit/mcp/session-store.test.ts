import { afterEach, describe, expect, it, vi } from 'vitest'
import { UnavailableError } from '../../../src/errors/unavailable-error.ts'
import { MemorySessionStore } from '../../../src/mcp/memory-session-store.ts'
import type { SessionOwner, SessionStore } from '../../../src/mcp/session-store.ts'
import { Sessions } from '../../../src/mcp/sessions.ts'
import { digestOf } from '../../../src/storage/digest.ts'
import { testRevocations } from '../../support/revocations.ts'
import { tokenWith } from './policy/callers.ts'
import { gate } from './session-callers.ts'

const revocations = testRevocations()
const alice = tokenWith()
const bob = { ...tokenWith(), subject: 'bob' }
const named = (id: string) => ({ 'mcp-session-id': id })
const UNKNOWN = { reason: 'session_unknown', status: 404 }

/** A store whose methods all give promises, as a shared store does. */
function lateStore(): SessionStore & { readonly renewed: string[] } {
  const owners = new Map<string, SessionOwner>()
  const renewed: string[] = []
  const later = <V>(work: () => V) =>
    new Promise<V>((resolve) => setImmediate(() => resolve(work())))
  return {
    renewed,
    get: (key) => later(() => owners.get(key)),
    add: (key, owner) => later(() => void (owners.has(key) || owners.set(key, owner))),
    renew: (key) => later(() => void renewed.push(key)),
    delete: (key) => later(() => void owners.delete(key)),
  }
}

describe('sessions in a store that answers later', () => {
  it('S1.14 MCP-20: are for the principal that opened them, until they are closed', async () => {
    const store = lateStore()
    const sessions = new Sessions(store, revocations)
    await sessions.open('s1', alice)
    expect(await sessions.check(named('s1'), alice)).toBe('s1')
    expect(store.renewed).toEqual([digestOf('s1')])
    await expect(sessions.check(named('s1'), bob)).rejects.toMatchObject(UNKNOWN)
    await expect(sessions.check(named('s2'), alice)).rejects.toMatchObject(UNKNOWN)
    expect(store.renewed).toHaveLength(1)
    await sessions.close('s1')
    await expect(sessions.check(named('s1'), alice)).rejects.toMatchObject(UNKNOWN)
  })

  it('S1.14: are refused where the stored owner has no principal', () => {
    const nobody = { ...tokenWith(), subject: undefined }
    const sessions = new Sessions(
      failingStore('get', () => ({}) as never),
      revocations,
    )
    for (const token of [alice, nobody]) {
      expect(() => sessions.check(named('s1'), token)).toThrow(expect.objectContaining(UNKNOWN))
    }
  })

  it('S1.14: keep their first owner, also when two callers open one id at once', async () => {
    const sessions = new Sessions(lateStore(), revocations)
    await Promise.all([sessions.open('s1', alice), sessions.open('s1', bob)])
    expect(await sessions.check(named('s1'), alice)).toBe('s1')
    await expect(sessions.check(named('s1'), bob)).rejects.toMatchObject(UNKNOWN)
  })

  it('MCP-20: a request without a session does not ask the store, nor does a malformed id', () => {
    const sessions = new Sessions(failingStore('get'), revocations)
    expect(sessions.check({}, alice)).toBeUndefined()
    expect(() => sessions.check(named('a b'), alice)).toThrow(expect.objectContaining(UNKNOWN))
    expect(sessions.open('a b', alice)).toBeUndefined()
  })
})

type Method = 'get' | 'add' | 'renew' | 'delete'

const ALICE = {
  principal: JSON.stringify([alice.issuer, 'alice', 'inspector']),
  subject: 'alice',
  opening: revocations.openingOf(alice),
}

/** A store in which every session is Alice's, and one method fails. */
function failingStore(method: Method, fail = (): never => throwing()): SessionStore {
  return {
    ...{ get: () => ALICE, add: () => {}, renew: () => {}, delete: () => {} },
    [method]: fail,
  }
}

function throwing(): never {
  throw new Error('redis://user:s3cr3t@store')
}

const calls: Record<Method, (sessions: Sessions) => unknown> = {
  get: (sessions) => sessions.check(named('s1'), alice),
  renew: (sessions) => sessions.check(named('s1'), alice),
  add: (sessions) => sessions.open('s1', alice),
  delete: (sessions) => sessions.close('s1'),
}

describe('a store of sessions that fails', () => {
  it.each(Object.keys(calls) as Method[])(
    'S1.13: gives 503, not 401 or 404: %s throws or rejects',
    async (method) => {
      const later = () => Promise.reject(new Error('redis://user:s3cr3t@store')) as never
      for (const fail of [throwing, later]) {
        const sessions = new Sessions(failingStore(method, fail), revocations)
        const thrown = await Promise.resolve()
          .then(() => calls[method](sessions))
          .catch((error: unknown) => error)
        expect(thrown).toBeInstanceOf(UnavailableError)
        expect(thrown).toMatchObject({ status: 503, reason: 'session_store_failed' })
        expect((thrown as Error).message).toBe('the session store failed with Error')
      }
    },
  )

  it('S1.13: its own UnavailableError is passed on', () => {
    const full = new UnavailableError('overloaded', 'full', { retryAfter: 17 })
    const sessions = new Sessions(
      failingStore('get', () => {
        throw full
      }),
      revocations,
    )
    expect(() => sessions.check(named('s1'), alice)).toThrow(full)
  })
})

describe('sessions in a store that answers at once', () => {
  it('make no promise', () => {
    const sessions = new Sessions(
      failingStore('get', () => ALICE as never),
      revocations,
    )
    expect(sessions.check(named('s1'), alice)).toBe('s1')
    expect(sessions.open('s1', alice)).toBeUndefined()
    expect(sessions.close('s1')).toBeUndefined()
  })
})

describe('the gate, with a store of sessions that answers later', () => {
  afterEach(() => vi.restoreAllMocks())

  /** Makes every method of the store in memory give a promise, and one of them fail. */
  function makeLate(failing?: Method): void {
    const { prototype } = MemorySessionStore
    for (const method of Object.keys(calls) as Method[]) {
      const original = prototype[method] as (...values: unknown[]) => unknown
      const late = async function (this: MemorySessionStore, ...values: unknown[]) {
        await new Promise((resolve) => setImmediate(resolve))
        return method === failing ? throwing() : original.apply(this, values)
      }
      vi.spyOn(prototype, method).mockImplementation(late as never)
    }
  }

  it.each(['get', 'renew'] as const)('S1.13: answers 503 when its %s fails', async (method) => {
    makeLate(method)
    const { open, ask } = gate()
    await open('alice', 's1')
    const failed = { outcome: 'unavailable', status: 503, reason: 'session_store_failed' }
    expect(await ask('alice', 's1')).toMatchObject(failed)
    expect(await ask('alice', {})).toMatchObject({ outcome: 'allowed' })
  })
})
