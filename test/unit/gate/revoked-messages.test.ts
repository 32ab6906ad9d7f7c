import { describe, expect, it } from 'vitest'
import { originOf } from '../../../src/adapters/guarded-connection.ts'
import type { ConnectionMemory, DeliveredMessage } from '../../../src/gate/message-gate.ts'
import { createTestClock } from '../../../src/testing/test-clock.ts'
import { adapterFor } from '../../support/adapter.ts'
import { authInfoOf } from '../../support/mcp-requests.ts'
import { MemorySharedStore } from '../../support/memory-shared-store.ts'
import { NOW, type Overrides, testResourceServer } from '../../support/tokens.ts'
import { collectWarnings } from '../../support/warnings.ts'

const warnings = collectWarnings()

const CALL: DeliveredMessage = { method: 'tools/call', params: { name: 'act' } }

function gate(options: Overrides = {}) {
  const server = testResourceServer({
    clock: createTestClock(NOW * 1000),
    policy: { tools: { act: 'allow' }, resources: { 'notes://all': 'allow' } },
    ...options,
  })
  const { messages } = adapterFor(server)
  const judge = async (authInfo: unknown, sessionId?: string, memory: ConnectionMemory = {}) => {
    const refusal = await messages.check(CALL, originOf(authInfo, sessionId), memory)
    return refusal === undefined ? 'goes on' : refusal
  }
  return { server, messages, judge }
}

const REVOKED = { answerable: true, error: { code: 401 } }

describe('a message inside the MCP server, of a revoked token', () => {
  it('REV-1: is refused, in an open session too', async () => {
    const { server, messages, judge } = gate()
    const authInfo = await authInfoOf(server)
    const memory: ConnectionMemory = {}
    expect(await judge(authInfo, 'one', memory)).toBe('goes on')
    await server.revoke({ subject: 'alice' })
    expect(await judge(authInfo, 'one', memory)).toMatchObject(REVOKED)
    expect(await judge(authInfo)).toMatchObject(REVOKED)
    const resource = messages.checkResource(
      'notes://all',
      'notes://all',
      { method: 'resources/read', params: { uri: 'notes://all' } },
      originOf(authInfo, undefined),
    )
    expect(await resource).toMatchObject(REVOKED)
  })

  it('REV-1: a session that the revoked token opened has ended, for a new token too, message after message', async () => {
    const { server, judge } = gate()
    const opening = await authInfoOf(server, { sid: 's1' })
    const refreshed = await authInfoOf(server, { sid: 's2', jti: 'token-2' })
    const memory: ConnectionMemory = {}
    expect(await judge(opening, 'one', memory)).toBe('goes on')
    expect(await judge(refreshed, 'one', memory)).toBe('goes on')
    await server.revoke({ session: 's1' })
    expect(await judge(refreshed, 'one', memory)).toMatchObject(REVOKED)
    expect(await judge(refreshed, 'one', memory)).toMatchObject(REVOKED)
    expect(await judge(refreshed, 'two')).toBe('goes on')
  })

  it('REV-2: while the shared store is away, it is 503, as for requests', async () => {
    const store = new MemorySharedStore()
    const { server, judge } = gate({ sharedStore: { store } })
    await server.ready()
    const authInfo = await authInfoOf(server)
    expect(await judge(authInfo)).toBe('goes on')
    store.state = 'down'
    await server.revoke({ subject: 'bob' }).catch(() => {})
    for (;;) {
      const refusal = await judge(authInfo)
      if (refusal === 'goes on') await new Promise((resolve) => setTimeout(resolve, 50))
      else {
        expect(refusal).toMatchObject({ error: { code: 503 } })
        break
      }
    }
    expect(warnings.map(([, code]) => code)).toEqual(['MCP_SHARED_STORE_FAILED'])
    await server.close()
  })
})
