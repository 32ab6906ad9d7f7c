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
    makeAdd(() => new Promise(() => {}))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const answer = open()
    await eventually(() => expect(vi.getTimerCount()).toBe(1))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await answer).toMatchObject(failure)
  })
})
