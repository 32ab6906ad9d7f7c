import { describe, expect, it } from 'vitest'
import { originOf } from '../../../src/adapters/guarded-connection.ts'
import type { ConnectionMemory, DeliveredMessage } from '../../../src/gate/message-gate.ts'
import { DECISION_CHANNEL, type DecisionEvent } from '../../../src/telemetry/events.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { adapterFor } from '../../support/adapter.ts'
import { collectEvents } from '../../support/events.ts'
import { authInfoOf } from '../../support/mcp-requests.ts'
import { CORRELATION_ID, NOW, RESOURCE, testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const CALL: DeliveredMessage = { method: 'tools/call', params: { name: 'act' } }
const operations = {
  tools: { act: 'allow', erase: { roles: ['admin'] }, write: { scopes: ['data:write'] } },
  methods: { 'notifications/denied': 'deny' },
} as const

const decisions = collectEvents<DecisionEvent>(DECISION_CHANNEL)
const warnings = collectWarnings()

function gate(options: object = {}) {
  const clock = createTestClock(NOW * 1000)
  const server = testResourceServer({ policy: operations, clock, ...options })
  const judge = async (
    message: DeliveredMessage,
    authInfo: unknown,
    sessionId?: string,
    memory: ConnectionMemory = {},
  ) => {
    const refusal = await adapterFor(server).messages.check(
      message,
      originOf(authInfo, sessionId),
      memory,
    )
    return refusal === undefined ? 'goes on' : refusal.error.code
  }
  return { server, clock, judge }
}

describe('a message that reaches the MCP server', () => {
  it('MCP-13: is passed on with a token that the gate has verified', async () => {
    const { server, judge } = gate()
    const authInfo = await authInfoOf(server)
    expect(await judge(CALL, authInfo)).toBe('goes on')
    expect(await judge({}, authInfo)).toBe('goes on')
    expect(await judge({ method: 'notifications/initialized' }, authInfo)).toBe('goes on')
    expect(decisions.filter(({ outcome }) => outcome !== 'allowed')).toEqual([])
    expect(warnings).toEqual([])
  })

  it.each([
    ['nothing', () => undefined],
    ['null', () => null],
    ['a text', () => 'authInfo'],
    ['another verifier’s authInfo', (ours: object) => ({ ...ours, extra: undefined })],
    ['one without a token', (ours: object) => ({ ...ours, extra: { verifiedToken: undefined } })],
    ['one of no resource', (ours: object) => ({ ...ours, resource: undefined })],
    ['of another resource', (ours: object) => ({ ...ours, resource: new URL(`${RESOURCE}/x`) })],
  ])('MCP-13 MCP-14 MCP-24: is refused with 503 when authInfo is %s', async (_what, authInfo) => {
    const { server, judge } = gate()
    const ours = await authInfoOf(server)
    for (const message of [CALL, { method: 'initialize' }, { method: 'notifications/x' }, {}]) {
      expect(await judge(message, authInfo(ours))).toBe(503)
    }
    expect(warnings.map(([, code]) => code)).toEqual(['MCP_GATE_MISSING'])
    expect(decisions.at(-1)).toMatchObject({ reason: 'gate_missing', outcome: 'unavailable' })
  })

  it('MCP-14: a token for another resource causes a warning that names that resource', async () => {
    const { server, judge } = gate()
    const authInfo = { ...(await authInfoOf(server)), resource: 'https://other.example.com/mcp' }
    await judge(CALL, authInfo)
    expect(warnings[0]?.[0]).toContain('verified for "https://other.example.com/mcp"')
  })

  it('RFC9700-1: is checked by the policy again', async () => {
    const { server, judge } = gate()
    const authInfo = await authInfoOf(server)
    const asks = (name: string) => judge({ method: 'tools/call', params: { name } }, authInfo)
    expect(await asks('act')).toBe('goes on')
    expect(await asks('erase')).toBe(403)
    expect(await asks('write')).toBe(403)
    expect(await asks('unknown')).toBe(403)
    expect(await judge({ method: 'tools/call', params: {} }, authInfo)).toBe(-32602)
    expect(await judge({ method: 'notifications/denied' }, authInfo)).toBe(403)
    expect(decisions.map(({ reason }) => reason).filter((reason) => reason !== undefined)).toEqual([
      'operation_denied',
      'scope_missing',
      'operation_denied',
      'body_malformed',
      'operation_denied',
    ])
    expect(decisions.find(({ reason }) => reason === 'scope_missing')).toMatchObject({
      outcome: 'challenged',
      requiredScopes: ['data:write'],
      correlationId: CORRELATION_ID,
    })
    // The gate was there, so nothing is wrong with the set-up.
    expect(warnings).toEqual([])
  })

  it('MCP-28: is refused when a rule needs a token that is bound to a DPoP key', async () => {
    const { server, judge } = gate({ policy: { tools: { act: 'allow', erase: { dpop: true } } } })
    const bearer = await authInfoOf(server)
    const verifiedToken = { ...bearer.extra.verifiedToken, confirmation: { jkt: 'thumbprint' } }
    const bound = { ...bearer, extra: { ...bearer.extra, verifiedToken } }
    const erase = { method: 'tools/call', params: { name: 'erase' } }
    expect(await judge(erase, bound)).toBe('goes on')
    expect(await judge(erase, bearer)).toBe(401)
    expect(await judge(CALL, bearer)).toBe('goes on')
    const origin = originOf(bearer, undefined)
    expect(await adapterFor(server).messages.check(erase, origin, {})).toEqual({
      error: {
        code: 401,
        message: 'An access token that is bound to a DPoP key is needed.',
        data: { correlation_id: CORRELATION_ID },
      },
      answerable: true,
    })
    expect(decisions.at(-1)).toMatchObject({ status: 401, reason: 'dpop_required' })
  })

  it('RFC9700-2: appears in events without the token that it contains', async () => {
    const { server, judge } = gate()
    const authInfo = await authInfoOf(server)
    await judge({ method: 'tools/call', params: { name: authInfo.token } }, authInfo)
    const refused = decisions.filter(({ outcome }) => outcome === 'refused')
    expect(refused).toHaveLength(1)
    expect(JSON.stringify(refused)).not.toContain(authInfo.token.slice(10, 60))
  })

  it.each([
    [30, 301, 'goes on'],
    [30, 330, 'goes on'],
    [30, 331, 401],
    // As long as the gate accepts requests with it: `clockTolerance` is 5 s.
    [0, 304, 'goes on'],
    [0, 306, 401],
    [false, 1_000_000, 'goes on'],
  ])(
    'MCP-26: with a streamGrace of %j, %i s after its token was made: %s',
    async (streamGrace, seconds, outcome) => {
      const { server, clock, judge } = gate({ streamGrace })
      // It expires after 300 s.
      const authInfo = await authInfoOf(server)
      clock.advance(seconds)
      expect(await judge(CALL, authInfo)).toBe(outcome)
      if (outcome === 401) expect(decisions.at(-1)).toMatchObject({ reason: 'token_expired' })
    },
  )

  it('without a policy still needs a token', async () => {
    const { server, judge } = gate({ policy: undefined })
    expect(await judge(CALL, undefined)).toBe(503)
    expect(await judge(CALL, await authInfoOf(server))).toBe('goes on')
  })
})

describe('a transport that serves one session', () => {
  it('S1.14: serves only the principal that sent its first message', async () => {
    const { server, judge } = gate()
    const alice = await authInfoOf(server)
    const refreshed = await authInfoOf(server, { jti: 'token-2' })
    const bob = await authInfoOf(server, { sub: 'bob' })
    const otherClient = await authInfoOf(server, { client_id: 'other' })
    const memory = {}
    const ask = (authInfo: unknown, message = CALL) => judge(message, authInfo, 's1', memory)
    expect(await ask(alice, { method: 'initialize' })).toBe('goes on')
    for (const stranger of [bob, otherClient]) {
      for (const message of [CALL, { method: 'notifications/cancelled' }, {}]) {
        expect(await ask(stranger, message)).toBe(404)
      }
    }
    expect(await ask(refreshed)).toBe('goes on')
    expect(decisions.at(-1)).toMatchObject({ reason: 'session_unknown', status: 404 })
  })

  it('S1.14 RFC9449-2: serves no bearer token after a bound token of the same principal', async () => {
    const { server, judge } = gate()
    const bearer = await authInfoOf(server)
    const verifiedToken = { ...bearer.extra.verifiedToken, confirmation: { jkt: 'thumbprint' } }
    const bound = { ...bearer, extra: { ...bearer.extra, verifiedToken } }
    const session: ConnectionMemory = {}
    expect(await judge(CALL, bound, 'session-1', session)).toBe('goes on')
    expect(await judge(CALL, bearer, 'session-1', session)).toBe(404)
    expect(await judge(CALL, bound, 'session-1', session)).toBe('goes on')
    const other: ConnectionMemory = {}
    expect(await judge(CALL, bearer, 'session-2', other)).toBe('goes on')
    expect(await judge(CALL, bound, 'session-2', other)).toBe('goes on')
    expect(await judge(CALL, bearer, 'session-2', other)).toBe('goes on')
  })

  it('S1.14: the refusal of another principal is not written to the transport', async () => {
    const { server } = gate()
    const memory = {}
    const ask = async (claims: object) =>
      adapterFor(server).messages.check(
        CALL,
        originOf(await authInfoOf(server, claims), 's1'),
        memory,
      )
    expect(await ask({})).toBeUndefined()
    expect(await ask({ sub: 'bob' })).toMatchObject({ answerable: false, error: { code: 404 } })
  })

  it("S1.14: is open to all without a session id, or with `sessions: 'unchecked'`", async () => {
    for (const [sessions, sessionId] of [
      [undefined, undefined],
      ['unchecked', 's1'],
    ] as const) {
      const { server, judge } = gate(sessions === undefined ? {} : { sessions })
      const memory = {}
      for (const sub of ['alice', 'bob']) {
        expect(await judge(CALL, await authInfoOf(server, { sub }), sessionId, memory)).toBe(
          'goes on',
        )
      }
    }
  })
})
