import { describe, expect, it } from 'vitest'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { ask, call, readOf, refused, serverWith, toolCall } from './policy/callers.ts'

const MODERN = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }

const server = serverWith({
  tools: { act: 'allow' },
  resources: {
    'docs:///open/{x}': 'allow',
    'docs:///closed': 'deny',
    'docs:///hr': { roles: ['hr'] },
  },
  methods: { 'vendor/closed': 'deny' },
})

/** A request of 2026-07-28, with headers that agree with its body. */
const modern = (
  method: string,
  params: Record<string, unknown> = {},
  to: ResourceServer = server,
) => {
  const name = params.name ?? params.uri
  return ask(to, {
    message: call(method, { ...params, _meta: MODERN }),
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    },
  })
}

const NO_METHOD = { jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'Method not found' } }

describe('a method that does not exist, on 2026-07-28', () => {
  it.each([
    ['that nobody knows', 'vendor/x', {}],
    ['of older revisions', 'tasks/list', {}],
    ['to subscribe', 'resources/subscribe', { uri: 'docs:///open/a' }],
    ['to subscribe to what is denied', 'resources/subscribe', { uri: 'docs:///closed' }],
    ['to subscribe to nothing', 'resources/subscribe', {}],
    ['to unsubscribe', 'resources/unsubscribe', { uri: 'docs:///hr' }],
  ])('S1.6, MCP-24: is 404 with -32601, as without the gate: %s', async (_name, method, params) => {
    const decision = await modern(method, params)
    expect(decision).toMatchObject({ outcome: 'refused', status: 404, reason: 'operation_denied' })
    expect(decision).toMatchObject({
      body: expect.toSatisfy((body) => JSON.stringify(body) === JSON.stringify(NO_METHOD)),
    })
  })

  it('S1.6: resources/subscribe is 404 also when everything is allowed', async () => {
    const open = serverWith({ default: 'allow' })
    const decision = await modern('resources/subscribe', { uri: 'docs:///a' }, open)
    expect(decision).toMatchObject({ status: 404 })
  })

  it('S1.6: a method that a rule denies is 403', async () => {
    expect(await modern('vendor/closed')).toMatchObject(refused(403, 'operation_denied', 403, 1))
    expect(await modern('tools/call', { name: 'none' })).toMatchObject({ status: 403 })
  })
})

describe('a method that does not exist, on older revisions', () => {
  it('S1.6, MCP-24: is 200 with an error in the body, because 404 would end the session', async () => {
    const decision = await ask(server, { message: call('vendor/x') })
    expect(decision).toMatchObject({ outcome: 'refused', status: 200, body: NO_METHOD })
    expect(
      await ask(server, { message: call('resources/subscribe', { uri: 'docs:///open/a' }) }),
    ).toMatchObject({ outcome: 'allowed' })
  })

  it('S1.6: is 400 in a batch or without an id', async () => {
    const absent = refused(400, 'operation_denied', -32601, null)
    const batch = [toolCall('act', 1), call('vendor/x', {}, 2)]
    expect(await ask(server, { message: batch })).toMatchObject(absent)
    expect(await ask(server, { message: { jsonrpc: '2.0', method: 'vendor/x' } })).toMatchObject(
      absent,
    )
  })
})

describe('a denied resource, on 2026-07-28', () => {
  it.each(['docs:///closed', 'docs:///hr', 'docs:///none', 'docs:///open/../closed'])(
    'S1.6, MCP-24: looks like one that does not exist: %s',
    async (uri) => {
      const decision = await modern('resources/read', { uri })
      expect(decision).toMatchObject({
        outcome: 'refused',
        status: 200,
        reason: 'operation_denied',
      })
      if (decision.outcome !== 'refused') return
      expect(decision.body).toEqual({
        jsonrpc: '2.0',
        id: 1,
        error: { code: -32602, message: `Resource not found: ${uri}`, data: { uri } },
      })
      expect(decision.detail).toContain('resources/read')
    },
  )

  it('S1.6: is 403 on older revisions', async () => {
    const decision = await ask(server, { message: readOf('docs:///closed') })
    expect(decision).toMatchObject(refused(403, 'operation_denied', 403, 1))
  })
})
