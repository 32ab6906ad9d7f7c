import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { expressGate, expressGuard } from '../../../src/adapters/express.ts'
import { fastifyGate, fastifyGuard } from '../../../src/adapters/fastify.ts'
import { fetchGate } from '../../../src/adapters/fetch.ts'
import { honoGate, honoGuard } from '../../../src/adapters/hono.ts'
import { mcpGate, verifiedTokenOf } from '../../../src/adapters/mcp-server.ts'
import { nodeGate } from '../../../src/adapters/node.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { signToken, testResourceServer } from '../../support/tokens.ts'

describe('an adapter that is given something else than a resource server', () => {
  const handler = () => new Response()
  it.each<[string, (given: ResourceServer) => unknown]>([
    ['expressGate', (given) => expressGate(given)],
    ['expressGuard', (given) => expressGuard(given)],
    ['fastifyGuard', (given) => fastifyGuard(given)],
    ['honoGate', (given) => honoGate(given)],
    ['honoGuard', (given) => honoGuard(given)],
    ['fetchGate', (given) => fetchGate(given, handler)],
    ['nodeGate', (given) => nodeGate(given, handler)],
    ['mcpGate', (given) => mcpGate(given)],
  ])('S1.9: says so at once: %s', (name, make) => {
    for (const given of [undefined, {}, { resource: 'https://mcp.example.com/mcp' }]) {
      expect(() => make(given as ResourceServer)).toThrow(
        `${name}: option \`resourceServer\` must be the object that createResourceServer() returned`,
      )
    }
  })

  it('S1.9: says so when Fastify registers it', async () => {
    const app = fastify()
    app.register(fastifyGate, { resourceServer: undefined as unknown as ResourceServer })
    await expect(app.ready()).rejects.toThrow(
      'must be the object that createResourceServer() returned',
    )
  })
})

describe('verifiedTokenOf(authInfo)', () => {
  it('RFC9700-3: returns the verified token, also for a copy of authInfo', async () => {
    const gate = mcpGate(testResourceServer())
    const authInfo = await gate(
      new Request('https://mcp.example.com/mcp', {
        headers: { authorization: `Bearer ${await signToken()}` },
      }),
    )
    if (authInfo instanceof Response) throw new Error(String(authInfo.status))
    expect(verifiedTokenOf(authInfo)).toMatchObject({ subject: 'alice' })
    expect(verifiedTokenOf({ ...authInfo, scopes: [] })).toBe(verifiedTokenOf(authInfo))
    for (const other of [undefined, {}, { extra: {} }])
      expect(verifiedTokenOf(other)).toBeUndefined()
  })
})

describe('a request without a body', () => {
  it('S1.6: is 400 with a detail that says so', async () => {
    const resourceServer = testResourceServer({ policy: { tools: { act: 'allow' } } })
    const decision = await resourceServer.authenticate({
      method: 'POST',
      url: '/mcp',
      headers: { authorization: `Bearer ${await signToken()}` },
      message: async () => new Uint8Array(),
    })
    expect(decision).toMatchObject({
      status: 400,
      reason: 'body_malformed',
      detail: 'the body is empty; MCP messages are sent by POST, as application/json',
      body: { error: { code: -32700 } },
    })
  })
})

describe('a guard for everything behind expressGate', () => {
  it('MCP-9: may demand further scopes', async () => {
    const guard = expressGate(testResourceServer(), { requiredScopes: ['mcp:admin'] })
    const headers = { authorization: `Bearer ${await signToken()}` }
    const sent: Record<string, unknown> = {}
    const response = {
      headersSent: false,
      getHeader: () => undefined,
      setHeader: (name: string, value: unknown) => Object.assign(sent, { [name]: value }),
      end: () => Object.assign(sent, { status: response.statusCode }),
      statusCode: 200,
    }
    const rawHeaders = Object.entries(headers).flat()
    const request = { method: 'GET', url: '/mcp', headers, rawHeaders }
    await guard(request as never, response as never, () => Object.assign(sent, { next: true }))
    expect(sent).toMatchObject({
      status: 403,
      'WWW-Authenticate': expect.stringContaining('scope="mcp:tools mcp:admin"'),
    })
    expect(sent).not.toHaveProperty('next')
  })
})
