import { describe, expect, it, vi } from 'vitest'
import { CORRELATION_ID } from '../../support/tokens.ts'
import { gate } from './session-callers.ts'

describe('a session', () => {
  it('MCP-20: belongs to the principal that opened it, and the decision names it', async () => {
    const { open, ask } = gate()
    await open('alice', 's1')
    for (const method of ['POST', 'GET', 'DELETE']) {
      const allowed = { outcome: 'allowed', sessionId: 's1', withheld: [] }
      expect(await ask('alice', 's1', method)).toMatchObject(allowed)
    }
    expect(await ask('alice', {})).toMatchObject({ outcome: 'allowed', sessionId: undefined })
  })

  it.each([
    ['another subject', 'bob'],
    ['another client of the same subject', 'alice-by-another-client'],
    ['the same subject at another issuer', 'alice-of-another-issuer'],
    ['the same subject through no client', 'alice-without-client'],
    ['the client without a subject', 'client-alone'],
    ['nobody in particular', 'nobody'],
  ])('S1.14 MCP-20: is refused as unknown for %s', async (_name, token) => {
    const { open, outcome } = gate()
    await open('alice', 's1')
    for (const method of ['POST', 'GET', 'DELETE', 'PUT']) {
      expect(await outcome(token, 's1', method)).toBe('session_unknown')
    }
    expect(await outcome('alice', 's1')).toBe('allowed')
  })

  it('S1.14: opened by a token without subject and client cannot be used by anyone', async () => {
    const { open, outcome } = gate()
    await open('nobody', 's1')
    expect(await outcome('nobody', 's1')).toBe('session_unknown')
    expect(await outcome('another-nobody', 's1')).toBe('session_unknown')
    expect(await outcome('alice', 's1')).toBe('session_unknown')
  })

  it.each([200, 202, 299])('MCP-20: is opened by an answer with %i', async (status) => {
    const { open, outcome } = gate()
    await open('alice', 's1', status)
    expect(await outcome('alice', 's1')).toBe('allowed')
  })

  it.each([300, 400, 401, 404, 500])(
    'MCP-20: is not opened by an answer with %i',
    async (status) => {
      const { open, outcome } = gate()
      await open('alice', 's1', status)
      expect(await outcome('alice', 's1')).toBe('session_unknown')
    },
  )

  it("MCP-20: is ignored and withheld with `sessions: 'none'`, on every method", async () => {
    const { ask, server } = gate('none')
    const withheld = ['mcp-session-id', 'last-event-id']
    for (const method of ['POST', 'GET', 'DELETE']) {
      const allowed = { outcome: 'allowed', sessionId: undefined, withheld }
      expect(await ask('bob', 'stale', method)).toMatchObject(allowed)
    }
    // With `headersStay` the header cannot be withheld, but a server without sessions ignores it.
    const headers = { authorization: 'Bearer bob', 'mcp-session-id': 'stale' }
    const asked = { method: 'POST', url: '/mcp', headers, headersStay: true }
    expect(await server.authenticate(asked)).toMatchObject({ outcome: 'allowed', withheld: [] })
  })

  it("MCP-20: that a server opens with `sessions: 'none'` causes one warning", async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { open } = gate('none')
    await open('alice', 's1')
    await open('alice', 's2')
    expect(emit).toHaveBeenCalledOnce()
    expect(emit.mock.calls[0]?.[1]).toMatchObject({ code: 'MCP_SESSION_WHERE_NONE_ARE' })
    emit.mockRestore()
  })

  it("MCP-20: is not checked by the gate with `sessions: 'unchecked'`", async () => {
    const { ask } = gate('unchecked')
    expect(await ask('bob', 'anything')).toMatchObject({
      outcome: 'allowed',
      sessionId: undefined,
      withheld: [],
    })
  })
})

describe('a malformed session id', () => {
  it.each([
    ['empty', ''],
    ['with a blank', 'a b'],
    ['of two, joined as `Headers` joins them', 's1, s1'],
    ['with a control character', 'a\u0001'],
    ['beyond ASCII', 'ä'],
    ['too long', 'a'.repeat(513)],
    ['a megabyte', 'a'.repeat(1_000_000)],
  ])('S1.14: %s', async (_name, id) => {
    const { open, outcome } = gate()
    await open('alice', 's1')
    await open('alice', id)
    expect(await outcome('alice', id)).toBe('session_unknown')
  })

  it('MCP-20: may be any 512 visible characters', async () => {
    const { open, outcome } = gate()
    const visible = String.fromCharCode(...Array.from({ length: 94 }, (_, at) => 0x21 + at))
    for (const id of [visible, 'a'.repeat(512)]) {
      await open('alice', id)
      expect(await outcome('alice', id)).toBe('allowed')
    }
  })
})

describe('the end of a session', () => {
  it.each([
    [200, 's1'],
    [202, undefined],
    [204, undefined],
  ])('MCP-20: is a DELETE that the handler answers with %i', async (status, repeated) => {
    const { open, answer, outcome } = gate()
    await open('alice', 's1')
    await answer('alice', { 'mcp-session-id': 's1' }, status, repeated, 'DELETE')
    expect(await outcome('alice', 's1')).toBe('session_unknown')
  })

  it('MCP-20: is not a DELETE that the handler refuses', async () => {
    const { open, answer, outcome } = gate()
    await open('alice', 's1')
    const named = { 'mcp-session-id': 's1' }
    for (const status of [400, 405, 500]) await answer('alice', named, status, undefined, 'DELETE')
    await answer('alice', {}, 200, undefined, 'DELETE')
    expect(await outcome('alice', 's1')).toBe('allowed')
  })

  it.each(['POST', 'GET', 'DELETE'])('MCP-20: is a 404 of the handler to a %s', async (method) => {
    const { open, answer, outcome } = gate()
    await open('alice', 's1')
    await open('alice', 's2')
    await answer('alice', { 'mcp-session-id': 's1' }, 404, undefined, method)
    expect(await outcome('alice', 's1')).toBe('session_unknown')
    expect(await outcome('alice', 's2')).toBe('allowed')
  })

  it('MCP-20: no other status ends a session', async () => {
    const { open, answer, outcome } = gate()
    await open('alice', 's1')
    for (const status of [200, 204, 400, 410, 500]) {
      await answer('alice', { 'mcp-session-id': 's1' }, status)
    }
    expect(await outcome('alice', 's1')).toBe('allowed')
  })
})

describe('revision 2026-07-28', () => {
  it.each(['2026-07-28', '2027-01-01'])(
    'MCP-20: a POST of %s has no session, and its session headers are withheld',
    async (version) => {
      const { ask } = gate()
      const headers = {
        'mcp-protocol-version': version,
        'mcp-session-id': 'of-somebody-else',
        'last-event-id': '5',
      }
      expect(await ask('bob', headers)).toMatchObject({
        outcome: 'allowed',
        sessionId: undefined,
        withheld: ['mcp-session-id', 'last-event-id'],
      })
    },
  )

  it.each([
    '2025-11-25',
    '2025-06-18',
    'tomorrow',
    '2026-07-28, 2025-11-25',
    ['2026-07-28', '2025-11-25'],
    '',
  ])('S1.14: a POST that claims %j cannot use a stranger’s session', async (version) => {
    const { open, outcome } = gate()
    await open('alice', 's1')
    const headers = { 'mcp-protocol-version': version, 'mcp-session-id': 's1' }
    expect(await outcome('bob', headers)).toBe('session_unknown')
    expect(await outcome('alice', headers)).toBe('allowed')
  })
})

describe('the refusal of a session', () => {
  it('S1.13 MCP-24: is 404 without a challenge, the same for unknown, foreign and malformed ids', async () => {
    const { open, ask } = gate()
    await open('alice', 's1')
    const decisions = [
      await ask('bob', 's2'),
      await ask('bob', 's1'),
      await ask('alice', { 'mcp-session-id': ['s1', 's1'] }),
    ]
    for (const decision of decisions) {
      if (decision.outcome !== 'refused') expect.fail(decision.outcome)
      const { status, headers, body } = decision
      expect({ status, headers, body }).toEqual({
        status: 404,
        headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
        body: {
          jsonrpc: '2.0',
          id: null,
          error: {
            code: 404,
            message: 'Session not found.',
            data: { correlation_id: CORRELATION_ID },
          },
        },
      })
      expect(decision.reason).toBe('session_unknown')
    }
    const told = decisions.map((decision) => decision.outcome === 'refused' && decision.detail)
    expect(new Set(told).size).toBe(3)
  })

  it('S1.3 S1.14: does not replace the check of scopes, which happens at every request', async () => {
    const { open, ask } = gate()
    await open('alice', 's1')
    expect(await ask('alice-without-scopes', 's1')).toMatchObject({
      status: 403,
      reason: 'scope_missing',
    })
  })
})
