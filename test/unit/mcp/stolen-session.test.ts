import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { describe, expect, it } from 'vitest'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { httpsFreeResourceServer, RESOURCE, signToken } from '../../support/tokens.ts'

describe('a server of SDK v1 with sessions, behind the gate', () => {
  it('S1.14 MCP-20: a stolen session id is refused', async () => {
    const seen: (string | null)[] = []
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => 'session-of-alice',
      enableJsonResponse: true,
    })
    const mcp = new McpServer({ name: 'notes', version: '1.0.0' })
    mcp.registerTool('whoami', {}, ({ authInfo }) => ({
      content: [{ type: 'text', text: String(authInfo?.extra?.subject) }],
    }))
    await mcp.connect(transport as Parameters<typeof mcp.connect>[0])
    const handle = fetchGate(httpsFreeResourceServer(), (request, { authInfo }) => {
      seen.push(request.headers.get('mcp-session-id'))
      return transport.handleRequest(request, { authInfo })
    })
    const tokens = {
      alice: await signToken(),
      refreshed: await signToken({ claims: { jti: 'token-2' } }),
      bob: await signToken({ claims: { sub: 'bob' } }),
    }
    const send = (token: string, body: object, headers: Record<string, string> = {}) =>
      handle(
        new Request(RESOURCE, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
            ...headers,
          },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...body }),
        }),
      )
    const opened = await send(tokens.alice, {
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'client', version: '1.0.0' },
      },
    })
    const id = opened.headers.get('mcp-session-id') ?? ''
    expect([opened.status, id]).toEqual([200, 'session-of-alice'])

    const call = { method: 'tools/call', params: { name: 'whoami', arguments: {} } }
    const session = { 'mcp-session-id': id, 'mcp-protocol-version': '2025-06-18' }
    expect((await send(tokens.bob, call, session)).status).toBe(404)
    expect(seen).toEqual([null])
    // A request that claims the revision without sessions is handled without the session id.
    const modern = { ...session, 'mcp-protocol-version': '2026-07-28', 'last-event-id': '1' }
    expect((await send(tokens.bob, call, modern)).status).not.toBe(200)
    expect(seen).toEqual([null, null])

    const answered = await send(tokens.refreshed, call, session)
    expect([answered.status, await answered.json()]).toMatchObject([
      200,
      { result: { content: [{ text: 'alice' }] } },
    ])
    const headers = { authorization: `Bearer ${tokens.alice}`, ...session }
    const ended = await handle(new Request(RESOURCE, { method: 'DELETE', headers }))
    expect(ended.status).toBe(200)
    expect((await send(tokens.alice, call, session)).status).toBe(404)
    expect(seen).toHaveLength(4)
  })
})
