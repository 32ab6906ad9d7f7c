import { describe, expect, it, vi } from 'vitest'
import { MemorySessionStore } from '../../../src/mcp/memory-session-store.ts'
import { sessionBoundsSchema } from '../../../src/mcp/session-options.ts'
import type { SessionOwner, SessionStore } from '../../../src/mcp/session-store.ts'
import { Sessions } from '../../../src/mcp/sessions.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import type { VerifiedToken } from '../../../src/token/verified-token.ts'
import { testRevocations } from '../../support/revocations.ts'
import { NOW, VERIFIED } from '../../support/tokens.ts'

const named = (id: string) => ({ 'mcp-session-id': id })
const UNKNOWN = { reason: 'session_unknown', status: 404 }

const tokenOf = (sid: string | undefined, parts: Partial<VerifiedToken> = {}): VerifiedToken => ({
  ...VERIFIED,
  ...parts,
  claims: { ...VERIFIED.claims, sid },
})

function scene({ longestTokenLife = 86_400, wrap = (store: SessionStore) => store } = {}) {
  const clock = createTestClock(NOW * 1000)
  const store = new MemorySessionStore(sessionBoundsSchema.parse({}), clock)
  const revocations = testRevocations({ clock, settings: { longestTokenLife } })
  return { clock, store, revocations, sessions: new Sessions(wrap(store), revocations) }
}

describe('the MCP sessions that revoked tokens opened', () => {
  it.each([
    ['its login', { session: 's1' }],
    ['its subject', { subject: 'alice' }],
    ['its client', { client: 'inspector' }],
    ['its token', { token: 'token-1' }],
    ['everything', { everything: true }],
  ] as const)(
    'REV-1: end with %s, for a new token too, and leave the store',
    async (_what, what) => {
      const { sessions, revocations, store } = scene()
      sessions.open('one', tokenOf('s1'))
      const refreshed = tokenOf('s2', { tokenId: 'token-2', issuedAt: NOW + 100 })
      expect(sessions.check(named('one'), refreshed)).toBe('one')
      await revocations.revoke(what)
      expect(() => sessions.check(named('one'), refreshed)).toThrow(
        expect.objectContaining(UNKNOWN),
      )
      expect(store.counts).toEqual({ sessions: 0, owners: 0, keys: 0 })
      sessions.open('two', refreshed)
      expect(sessions.check(named('two'), refreshed)).toBe('two')
    },
  )

  it('REV-1: others go on', async () => {
    const { sessions, revocations } = scene()
    sessions.open('one', tokenOf('s1'))
    for (const what of [{ session: 's2' }, { subject: 'bob' }, { token: 't' }]) {
      await revocations.revoke(what)
    }
    expect(sessions.check(named('one'), tokenOf('s1'))).toBe('one')
  })

  it('REV-1: a session that the revoked token opens later is refused from its first use on', async () => {
    const { sessions, revocations } = scene()
    await revocations.revoke({ session: 's1' })
    sessions.open('one', tokenOf('s1'))
    expect(() => sessions.check(named('one'), tokenOf('s2'))).toThrow(
      expect.objectContaining(UNKNOWN),
    )
  })

  it('REV-1: a session in use goes on after dropped revocations of others, and an unused session ends by its own revocation', async () => {
    const { sessions, revocations, clock } = scene({ longestTokenLife: 100 })
    const used = tokenOf('s1', { subject: 'alice' })
    const unused = tokenOf('s2', { subject: 'bob' })
    sessions.open('used', used)
    sessions.open('unused', unused)
    await revocations.revoke({ subject: 'carol' })
    await revocations.revoke({ subject: 'bob' })
    for (let times = 0; times < 20; times += 1) {
      clock.advance(20)
      await revocations.revoke({ subject: `somebody-${times}` })
      expect(sessions.check(named('used'), used)).toBe('used')
    }
    expect(() => sessions.check(named('unused'), unused)).toThrow(expect.objectContaining(UNKNOWN))
  })

  it('REV-3: what a store keeps is plain data, and says nothing of the login and the token', () => {
    const kept: SessionOwner[] = []
    const { sessions } = scene({
      wrap: (store) => ({
        ...{ get: (key) => store.get(key), delete: (key) => store.delete(key) },
        renew: (key, owner) => store.renew(key, owner),
        add: (key, owner) => {
          kept.push(owner)
          store.add(key, JSON.parse(JSON.stringify(owner)))
        },
      }),
    })
    const token = tokenOf('login-4711', { tokenId: 'token-0815', issuedAt: undefined })
    sessions.open('one', token)
    expect(sessions.check(named('one'), token)).toBe('one')
    expect(JSON.stringify(kept[0]?.opening)).not.toMatch(/4711|0815|alice|inspector|example/)
  })

  it('REV-1: a store that fails to remove the session changes nothing for the caller', async () => {
    for (const fail of [() => Promise.reject(new Error('away')), () => expect.fail('away')]) {
      const { sessions, revocations } = scene({
        wrap: (store) =>
          Object.assign(Object.create(store), {
            get: (key: string) => store.get(key),
            add: (key: string, owner: SessionOwner) => store.add(key, owner),
            renew: () => {},
            delete: fail,
          }),
      })
      sessions.open('one', tokenOf('s1'))
      await revocations.revoke({ session: 's1' })
      for (let times = 0; times < 2; times += 1) {
        expect(() => sessions.check(named('one'), tokenOf('s2'))).toThrow(
          expect.objectContaining(UNKNOWN),
        )
      }
    }
  })

  it('S1.6: a store that never answers is waited for at most ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      for (const method of ['get', 'renew'] as const) {
        const { sessions } = scene({
          wrap: (store) =>
            Object.assign(Object.create(store), {
              get: (key: string) => store.get(key),
              add: (key: string, owner: SessionOwner) => store.add(key, owner),
              renew: () => {},
              [method]: () => new Promise(() => {}),
            }),
        })
        sessions.open('one', tokenOf('s1'))
        const failed = expect(sessions.check(named('one'), tokenOf('s1'))).rejects.toMatchObject({
          ...{ status: 503, reason: 'session_store_failed' },
          message: 'the session store took more than 10000 ms',
        })
        await vi.advanceTimersByTimeAsync(10_000)
        await failed
      }
    } finally {
      vi.useRealTimers()
    }
  })
})
