import { describe, expect, it } from 'vitest'
import { gate, MODERN } from './session-callers.ts'

describe('the limits of sessions', () => {
  it('MCP-20: over `maxSessions` the session unused for longest is forgotten', async () => {
    const { open, outcome } = gate({ maxSessions: 2 })
    await open('alice', 's1')
    await open('alice', 's2')
    expect(await outcome('alice', 's1')).toBe('allowed')
    await open('bob', 's3')
    expect(await outcome('alice', 's2')).toBe('session_unknown')
    expect(await outcome('alice', 's1')).toBe('allowed')
    expect(await outcome('bob', 's3')).toBe('allowed')
  })

  it('S1.14: a principal over `maxPerPrincipal` loses its own sessions, not another’s', async () => {
    const { open, outcome } = gate({ maxPerPrincipal: 2 })
    await open('bob', 'b1')
    for (const id of ['s1', 's2', 's3', 's4']) await open('alice', id)
    const known = async (token: string, ids: string[]) =>
      Promise.all(ids.map(async (id) => (await outcome(token, id)) === 'allowed'))
    expect(await known('alice', ['s1', 's2', 's3', 's4'])).toEqual([false, false, true, true])
    expect(await known('bob', ['b1'])).toEqual([true])
    // Another client of the same subject is another principal, with a limit of its own.
    await open('alice-by-another-client', 'c1')
    expect(await known('alice', ['s3', 's4'])).toEqual([true, true])
  })

  it('MCP-20: over `maxPerPrincipal` the principal’s session unused for longest is forgotten', async () => {
    const { open, outcome } = gate({ maxPerPrincipal: 2 })
    await open('alice', 's1')
    await open('alice', 's2')
    expect(await outcome('alice-refreshed', 's1')).toBe('allowed')
    await open('alice', 's3')
    expect(await outcome('alice', 's2')).toBe('session_unknown')
    expect(await outcome('alice', 's1')).toBe('allowed')
    expect(await outcome('alice', 's3')).toBe('allowed')
  })

  it('MCP-20: an ended session is not counted, and one that is opened again is counted once', async () => {
    const { open, answer, outcome } = gate({ maxPerPrincipal: 2 })
    await open('alice', 's1')
    await open('alice', 's2')
    await open('alice', 's2')
    await answer('alice', { 'mcp-session-id': 's2' }, 200, undefined, 'DELETE')
    await open('alice', 's3')
    expect(await outcome('alice', 's1')).toBe('allowed')
    expect(await outcome('alice', 's3')).toBe('allowed')
  })

  it('S1.14: one user with ten clients cannot push out another user’s session', async () => {
    const { open, outcome } = gate({ maxSessions: 20, maxPerPrincipal: 4 })
    await open('bob', 'b1')
    for (let client = 0; client < 10; client += 1) {
      for (const at of [1, 2, 3, 4]) await open(`alice-by-client-${client}`, `c${client}-${at}`)
    }
    expect(await outcome('bob', 'b1')).toBe('allowed')
    // The user keeps twice as many sessions as one client may have: the latest ones.
    expect(await outcome('alice-by-client-7', 'c7-4')).toBe('session_unknown')
    expect(await outcome('alice-by-client-8', 'c8-1')).toBe('allowed')
    expect(await outcome('alice-by-client-9', 'c9-4')).toBe('allowed')
  })

  it('S1.14: a subject may have `maxPerSubject` sessions through all its clients', async () => {
    const { open, outcome } = gate({ maxPerPrincipal: 4, maxPerSubject: 1 })
    await open('alice', 's1')
    await open('alice-of-another-issuer', 'o1')
    await open('alice-by-another-client', 's2')
    expect(await outcome('alice', 's1')).toBe('session_unknown')
    expect(await outcome('alice-by-another-client', 's2')).toBe('allowed')
    // The same subject at another issuer is another user.
    expect(await outcome('alice-of-another-issuer', 'o1')).toBe('allowed')
  })

  it('S1.14: a stranger’s request does not extend a session', async () => {
    const { open, outcome, clock } = gate({ maxIdle: 60 })
    await open('alice', 's1')
    clock.advance(40)
    expect(await outcome('bob', 's1')).toBe('session_unknown')
    clock.advance(40)
    expect(await outcome('alice', 's1')).toBe('session_unknown')
  })

  it.each([
    ['as long as it says', { maxIdle: 60 }, 60],
    ['for a day', undefined, 86_400],
  ])('MCP-20: a session is kept %s after its last use', async (_name, options, seconds) => {
    const { open, outcome, clock } = gate(options)
    await open('alice', 's1')
    for (let use = 0; use < 3; use += 1) {
      clock.advance(seconds - 1)
      expect(await outcome('alice', 's1')).toBe('allowed')
    }
    clock.advance(seconds + 1)
    expect(await outcome('alice', 's1')).toBe('session_unknown')
  })
})

describe('a handler that sees the original headers', () => {
  it.each(['2025-11-25', '2026-07-28', '2027-01-01'])(
    'S1.14: is not called with another principal’s session, even when the request claims %s',
    async (version) => {
      const { open, server } = gate()
      await open('alice', 's1')
      const asks = async (token: string, id: string) =>
        server.authenticate({
          ...{ method: 'POST', url: '/mcp', headersStay: true },
          headers: {
            ...{ authorization: `Bearer ${token}`, 'mcp-protocol-version': version },
            'mcp-session-id': id,
          },
        })
      const unknown = { status: 404, reason: 'session_unknown' }
      expect(await asks('bob', 's1')).toMatchObject(unknown)
      expect(await asks('alice', 's2')).toMatchObject(unknown)
      const allowed = { outcome: 'allowed', sessionId: 's1', withheld: [] }
      expect(await asks('alice', 's1')).toMatchObject(allowed)
    },
  )

  it('MCP-20: is called for a request without a session', async () => {
    const { server } = gate()
    const headers = { ...MODERN, authorization: 'Bearer alice' }
    expect(
      await server.authenticate({ method: 'POST', url: '/mcp', headers, headersStay: true }),
    ).toMatchObject({ outcome: 'allowed', sessionId: undefined, withheld: [] })
  })
})
