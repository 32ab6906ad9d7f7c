import { createMcpHandler, McpServer, requireScopes } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { mcpGate } from '../../../src/adapters/mcp-server.ts'
import {
  CHALLENGES,
  CORRELATION_ID,
  METADATA_URL,
  type Overrides,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { AUTH_INFO, down, good, headersOf } from './mcp-callers.ts'

const about = { name: 'data', version: '1.0.0' }

/** A call of a tool, in the dress of either revision. */
function call(name: string, token: string | undefined, modern: boolean): Request {
  const params = {
    name,
    arguments: { text: 'äöü' },
    ...(modern && {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': about,
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    }),
  }
  return new Request(RESOURCE, {
    method: 'POST',
    headers: {
      ...headersOf(token && `Bearer ${token}`),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': modern ? '2026-07-28' : '2025-11-25',
      ...(modern && { 'mcp-method': 'tools/call', 'mcp-name': name }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params }),
  })
}

describe('mcpGate', () => {
  it('RFC9068-2: returns authInfo, with the metadata URL', async () => {
    const gate = mcpGate(testResourceServer())
    expect(await gate(new Request(RESOURCE, { headers: headersOf(`Bearer ${good}`) }))).toEqual(
      AUTH_INFO,
    )
  })

  it.each([
    ['RFC6750-2: no token', undefined, 401, CHALLENGES.none],
    ['RFC6750-3: a bad token', 'Bearer abc', 401, CHALLENGES.invalid_token],
    ['RFC6750-1: a malformed header', 'Bearer x y', 400, CHALLENGES.invalid_request],
    ['RFC6750-2: another scheme', 'Basic dTpw', 401, CHALLENGES.none],
  ])('S1.9 S1.13: answers %s itself', async (_name, authorization, status, challenge) => {
    const headers = headersOf(authorization)
    const response = await mcpGate(testResourceServer())(
      new Request(`${RESOURCE}?access_token=${good}`, { method: 'POST', headers, body: '{}' }),
    )
    if (!(response instanceof Response)) expect.fail('it went on')
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([status, challenge])
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toHaveProperty('correlation_id', CORRELATION_ID)
  })

  it.each<[string, Overrides, Record<string, string>, string, number]>([
    ['RFC7662-3: an outage', { revocation: down }, {}, 'POST', 503],
    ['MCP-9: too few scopes', { requiredScopes: ['mcp:admin'] }, {}, 'POST', 403],
    ['MCP-19: a foreign page', {}, { origin: 'https://evil.example.com' }, 'POST', 403],
    ['S1.14: a session, which it does not serve', {}, { 'mcp-session-id': 's1' }, 'POST', 404],
    [
      'MCP-19: a preflight',
      { allowedOrigins: '*' },
      { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
      'OPTIONS',
      204,
    ],
  ])('%s is answered too', async (_name, options, more, method, status) => {
    const headers = { ...headersOf(`Bearer ${good}`), ...more }
    const judged = await mcpGate(testResourceServer(options))(
      new Request(RESOURCE, { method, headers }),
    )
    expect(judged).toBeInstanceOf(Response)
    expect(judged).toMatchObject({ status })
  })

  it.each(['2025-11-25', '2026-07-28', '2027-01-01'])(
    'S1.14: the handler sees the headers as they came, so no session goes on, whatever says %s',
    async (version) => {
      const headers = {
        ...headersOf(`Bearer ${good}`),
        ...{ 'mcp-session-id': 'of-somebody-else', 'mcp-protocol-version': version },
      }
      for (const method of ['POST', 'GET', 'DELETE']) {
        const judged = await mcpGate(testResourceServer())(
          new Request(RESOURCE, { method, headers }),
        )
        expect(judged).toBeInstanceOf(Response)
        expect(judged).toMatchObject({ status: 404 })
      }
    },
  )

  it('MCP-10: asks for the scopes of these requests too', async () => {
    const gate = mcpGate(testResourceServer(), { requiredScopes: ['mcp:admin'] })
    const ask = async (token: string) =>
      gate(new Request(RESOURCE, { headers: headersOf(`Bearer ${token}`) }))
    const refused = (await ask(good)) as Response
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain('scope="mcp:tools mcp:admin"')
    const both = await signToken({ claims: { scope: 'mcp:tools mcp:admin' } })
    expect(await ask(both)).toMatchObject({ scopes: ['mcp:tools', 'mcp:admin'] })
  })

  it('MCP-13: a request whose body was consumed passes without a policy, and is 503 with a policy', async () => {
    const request = call('echo', good, false)
    await request.text()
    expect(await mcpGate(testResourceServer())(request)).toMatchObject({
      clientId: 'inspector',
    })
    const guarded = testResourceServer({ policy: { default: 'allow' } })
    // Whoever has read it is on our side of the gate.
    expect(await mcpGate(guarded)(request)).toMatchObject({ status: 503 })
  })
})

describe.each([
  ['2025-11-25', false],
  ['2026-07-28', true],
])('mcpGate in front of createMcpHandler, %s', (_version, modern) => {
  const operations = {
    tools: { echo: 'allow', own: 'allow', write: { scopes: ['data:write'] } },
  } as const

  function serve(options: Overrides = {}) {
    const resourceServer = testResourceServer(options)
    const gate = mcpGate(resourceServer)
    const called: unknown[] = []
    const handler = createMcpHandler(() => {
      const server = new McpServer(about)
      for (const name of ['echo', 'write', 'erase']) {
        server.registerTool(name, {}, ({ http, mcpReq }) => {
          called.push(http?.authInfo?.extra?.subject, mcpReq.method)
          return { content: [{ type: 'text', text: name }] }
        })
      }
      server.registerTool('own', { scopeChallenge: requireScopes('own:scope') }, () => ({
        content: [],
      }))
      return server
    })
    const ask = async (request: Request) => {
      const authInfo = await gate(request)
      return authInfo instanceof Response ? authInfo : handler.fetch(request, { authInfo })
    }
    return { ask, called }
  }

  it.each<[string, Overrides]>([
    ['no policy', {}],
    ['a policy, which has read the body', { policy: operations }],
  ])('MCP-16: with %s the handler finds body and caller', async (_name, options) => {
    const { ask, called } = serve(options)
    const response = await ask(call('echo', good, modern))
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('"text":"echo"'),
    ])
    expect(called).toEqual(['alice', 'tools/call'])
  })

  it('MCP-10 S1.6: the policy refuses before the handler, with one complete challenge', async () => {
    const { ask, called } = serve({ policy: operations })
    const refused = await ask(call('write', good, modern))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toBe(
      CHALLENGES.insufficient_scope.replaceAll('scope="mcp:tools"', 'scope="mcp:tools data:write"'),
    )
    const denied = await ask(call('erase', good, modern))
    expect([denied.status, denied.headers.get('www-authenticate')]).toEqual([403, null])
    expect(await denied.json()).toMatchObject({ id: 7, error: { code: 403 } })
    expect(called).toEqual([])
    const writer = await signToken({ claims: { scope: 'mcp:tools data:write' } })
    expect((await ask(call('write', writer, modern))).status).toBe(200)
  })

  it('MCP-9: the SDK’s own scope challenge names our metadata', async () => {
    const { ask } = serve({ policy: operations })
    const refused = await ask(call('own', good, modern))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer error="insufficient_scope", error_description="Insufficient scope", scope="own:scope", resource_metadata="${METADATA_URL}"`,
    )
    const owner = await signToken({ claims: { scope: 'mcp:tools own:scope' } })
    expect((await ask(call('own', owner, modern))).status).toBe(200)
  })
})
