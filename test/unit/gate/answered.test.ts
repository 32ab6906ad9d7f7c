import { afterEach, describe, expect, it, vi } from 'vitest'
import { MemorySessionStore } from '../../../src/mcp/memory-session-store.ts'
import { DECISION_CHANNEL, type DecisionEvent } from '../../../src/telemetry/events.ts'
import { adapterFor } from '../../support/adapter.ts'
import { eventually } from '../../support/decisions.ts'
import { listenTo } from '../../support/events.ts'
import { throwing } from '../../support/throwing.ts'
import { bearer, CORRELATION_ID, signToken, testResourceServer } from '../../support/tokens.ts'

const token = await signToken()

/** What comes of an answer that opens a session. */
async function open(options = {}) {
  const server = testResourceServer(options)
  const adapter = adapterFor(server)
  const request = bearer(token)
  const decision = await adapter.guard('test').check(request)
  if (decision.outcome !== 'allowed') throw new Error(decision.outcome)
  return adapter.answered(request, decision, { status: 200, sessionId: 's1' })
}

function makeAdd(add: () => void | Promise<void>): void {
  vi.spyOn(MemorySessionStore.prototype, 'add').mockImplementation(add)
}

const failure = {
  status: 503,
  headers: { 'Retry-After': '5', 'Cache-Control': 'no-store' },
  body: expect.stringContaining(CORRELATION_ID),
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('an answer that opens a session', () => {
  it('may go where the session is stored, without a promise in memory', async () => {
    expect(await open()).toBeUndefined()
    makeAdd(() => Promise.resolve())
    expect(await open()).toBeUndefined()
  })

  it.each([
    ['throws', throwing(new Error('redis://user:password@host'))],
    ['rejects', () => Promise.reject(new Error('redis://user:password@host'))],
  ])(
    'S1.13: is replaced by 503 where the store %s, and the operator learns of it',
    async (_how, add) => {
      using events = listenTo<DecisionEvent>(DECISION_CHANNEL)
      makeAdd(add)
      const answer = await open()
      expect(answer).toMatchObject(failure)
      expect(JSON.stringify(answer)).not.toContain('password')
      expect(events.events.map(({ outcome, reason }) => [outcome, reason])).toEqual([
        ['allowed', undefined],
        ['unavailable', 'session_store_failed'],
      ])
      expect(JSON.stringify(events.events)).not.toContain('password')
    },
  )

  it('S1.6: waits ten seconds for a store, and is then replaced by 503', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let waiting = false
    makeAdd(() => {
      waiting = true
      return new Promise(() => {})
    })
    const answer = open()
    await eventually(() => expect(waiting).toBe(true))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await answer).toMatchObject(failure)
  })
})

describe('what an answer does to the sessions', () => {
  /** The calls of the session store for an answer to a request, with the session of that request. */
  async function changes(method: string, status: number, sessionId?: string, ofRequest?: string) {
    const calls: string[] = []
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const server = testResourceServer()
    const adapter = adapterFor(server)
    const first = await adapter.guard('test').check(bearer(token))
    if (first.outcome !== 'allowed') throw new Error(first.outcome)
    if (ofRequest !== undefined) {
      await adapter.answered(bearer(token), first, { status: 200, sessionId: ofRequest })
    }
    vi.spyOn(MemorySessionStore.prototype, 'add').mockImplementation(() => void calls.push('open'))
    vi.spyOn(MemorySessionStore.prototype, 'delete').mockImplementation(
      () => void calls.push('close'),
    )
    const headers = { authorization: `Bearer ${token}`, 'mcp-session-id': ofRequest }
    const request = { method, url: '/mcp', headers }
    const decision = await adapter.guard('test').check(request)
    if (decision.outcome !== 'allowed') throw new Error(decision.outcome)
    expect(decision).toMatchObject({ sessionId: ofRequest, withheld: [] })
    expect(await adapter.answered(request, decision, { status, sessionId })).toBeUndefined()
    return calls
  }

  it.each<[string, number, string | undefined, string | undefined, readonly string[]]>([
    ['POST', 200, 's1', undefined, ['open']],
    ['POST', 299, 's1', undefined, ['open']],
    ['POST', 300, 's1', undefined, []],
    ['POST', 200, undefined, undefined, []],
    ['POST', 404, undefined, undefined, []],
    ['POST', 404, undefined, 's1', ['close']],
    ['GET', 404, undefined, 's1', ['close']],
    ['POST', 200, undefined, 's1', []],
    ['GET', 200, undefined, 's1', []],
    ['DELETE', 200, undefined, 's1', ['close']],
    ['DELETE', 299, undefined, 's1', ['close']],
    ['DELETE', 300, undefined, 's1', []],
    ['DELETE', 405, undefined, 's1', []],
    ['DELETE', 200, undefined, undefined, []],
    ['DELETE', 200, 's2', 's1', ['open', 'close']],
  ])('MCP-20: %s, %i, session %s, in session %s: %j', async (...row) => {
    const [method, status, sessionId, ofRequest, expected] = row
    expect(await changes(method, status, sessionId, ofRequest)).toEqual(expected)
  })

  it.each([
    ['none', 's1', ['MCP_SESSION_WHERE_NONE_ARE']],
    ['none', undefined, []],
    ['unchecked', 's1', []],
    ['unchecked', undefined, []],
  ] as const)('MCP-20: sessions %s, and a session %s: warns %j', async (...row) => {
    const [sessions, sessionId, expected] = row
    const codes: unknown[] = []
    vi.spyOn(process, 'emitWarning').mockImplementation((_text, options) => {
      codes.push((options as { code: string }).code)
    })
    const adapter = adapterFor(testResourceServer({ sessions }))
    const decision = await adapter.guard('test').check(bearer(token))
    if (decision.outcome !== 'allowed') throw new Error(decision.outcome)
    expect(adapter.answered(bearer(token), decision, { status: 200, sessionId })).toBeUndefined()
    expect(codes).toEqual(expected)
  })
})

describe('a session that cannot be stored', () => {
  it('S1.13: has an event that names the request and its token, and no other without a listener', async () => {
    makeAdd(throwing(new Error('down')))
    {
      using events = listenTo<DecisionEvent>(DECISION_CHANNEL)
      await open()
      expect(events.events[1]).toMatchObject({
        status: 503,
        method: 'POST',
        subject: 'alice',
        possession: [],
        correlationId: CORRELATION_ID,
        duration: 0,
      })
    }
    expect(await open()).toMatchObject(failure)
  })
})

describe('an allowed request', () => {
  it('MCP-18: gives its token to the adapter alone, and a copy gives none', async () => {
    const adapter = adapterFor(testResourceServer())
    const decision = await adapter.guard('test').check(bearer(token))
    if (decision.outcome !== 'allowed') throw new Error(decision.outcome)
    expect(adapter.tokenText(decision)).toBe(token)
    expect(() => adapter.tokenText({ ...decision })).toThrow('not a copy of it')
  })

  it('RFC8705-1: withholds a certificate that no trusted proxy has sent', async () => {
    const header = 'x-client-cert'
    const clientCertificate = {
      header,
      format: 'base64-der',
      trustedProxies: ['127.0.0.1'],
    } as const
    const headers = { authorization: `Bearer ${token}`, [header]: 'forged' }
    const request = { ...bearer(token), headers }
    for (const [sessions, more] of [
      ['none', ['mcp-session-id', 'last-event-id']],
      ['unchecked', []],
    ] as const) {
      const server = testResourceServer({ clientCertificate, sessions })
      const decision = await server.authenticate(request)
      expect(decision).toMatchObject({ outcome: 'allowed', withheld: [...more, header] })
    }
  })
})

it.each([
  ['required', 'off', "must be 'required' or left out"],
  ['off', 'accepted', "must be 'off' or left out"],
] as const)('RFC9449-1: where DPoP is %s, no route may be %s', (dpop, mode, message) => {
  const adapter = adapterFor(testResourceServer({ dpop }))
  const guard = () => adapter.guard('test', { dpop: mode })
  expect(guard).toThrow(`test: option \`dpop\` ${message}`)
  expect(guard).toThrow(`got "${mode}"`)
})
