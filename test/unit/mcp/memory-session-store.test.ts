import { describe, expect, it } from 'vitest'
import { MemorySessionStore } from '../../../src/mcp/memory-session-store.ts'
import { type SessionOptions, sessionBoundsSchema } from '../../../src/mcp/session-options.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'

const storeWith = (options: SessionOptions, clock = createTestClock()) =>
  new MemorySessionStore(sessionBoundsSchema.parse(options), clock)

const ownerOf = (subject: string, client: string) => ({
  subject,
  principal: `${subject} ${client}`,
  opening: { keys: [], issuedAt: 0, expiresAt: 0, checkedAt: 0 },
})

describe('the sessions that are kept in memory', () => {
  it('S1.14: a thousand principals who open a hundred thousand leave only the last hundred', () => {
    const store = storeWith({ maxSessions: 100 })
    for (let at = 0; at < 100_000; at += 1) {
      store.add(`s${at}`, ownerOf(`user-${at % 1000}`, `client-${at % 7}`))
    }
    // A hundred principals and their hundred subjects, each with one session.
    expect(store.counts).toEqual({ sessions: 100, owners: 200, keys: 200 })
  })

  it('S1.14: a session that is ended, expired or over a limit leaves nothing behind', () => {
    const clock = createTestClock()
    const store = storeWith({ maxPerPrincipal: 2, maxPerSubject: 3, maxIdle: 60 }, clock)
    for (const client of ['a', 'b', 'c']) {
      for (const at of [1, 2, 3]) store.add(`${client}${at}`, ownerOf('alice', client))
    }
    expect(store.counts).toEqual({ sessions: 3, owners: 3, keys: 6 })
    store.delete('c3')
    expect(store.counts).toEqual({ sessions: 2, owners: 3, keys: 4 })
    store.delete('c3')
    store.delete('never added')
    clock.advance(61)
    store.add('late', ownerOf('bob', 'a'))
    expect(store.counts).toEqual({ sessions: 1, owners: 2, keys: 2 })
  })

  it('S1.14: the first owner of a key keeps it', () => {
    const store = storeWith({})
    store.add('s1', ownerOf('alice', 'a'))
    store.add('s1', ownerOf('bob', 'b'))
    expect(store.get('s1')).toEqual(ownerOf('alice', 'a'))
  })

  it('S1.14: a session that was deleted is not brought back when it is renewed', () => {
    const store = storeWith({})
    store.add('s1', ownerOf('alice', 'a'))
    store.delete('s1')
    store.renew('s1', ownerOf('alice', 'a'))
    expect(store.get('s1')).toBeUndefined()
  })
})

describe('the options of sessions', () => {
  it('MCP-20: have defaults; one subject may have twice as many as one principal', () => {
    expect(sessionBoundsSchema.parse({})).toEqual({
      ...{ maxSessions: 10_000, maxPerPrincipal: 1000, maxPerSubject: 2000, maxIdle: 86_400 },
    })
    expect(sessionBoundsSchema.parse({ maxPerPrincipal: 5 })).toMatchObject({ maxPerSubject: 10 })
    expect(sessionBoundsSchema.parse({ maxPerPrincipal: 5, maxPerSubject: 3 })).toMatchObject({
      ...{ maxPerPrincipal: 5, maxPerSubject: 3 },
    })
  })
})
