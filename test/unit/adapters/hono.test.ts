import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, it } from 'vitest'
import {
  honoEndpoints,
  honoGate,
  honoGuard,
  type ResourceServerEnv,
} from '../../../src/adapters/hono.ts'
import { INITIALIZE, toolCall } from '../../support/mcp-messages.ts'
import { throwing } from '../../support/throwing.ts'
import { CHALLENGES, RESOURCE, signToken, testResourceServer } from '../../support/tokens.ts'
import { DOCUMENT, good, guarded, ORIGIN } from './mcp-callers.ts'

const call = (name: string) => JSON.stringify(toolCall(name))

const post = (body: string, headers: Record<string, string> = {}, token = good): RequestInit => ({
  method: 'POST',
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  body,
})

describe('the Hono adapter', () => {
  it('RFC9068-2: hands the handler the caller, and the parsed body', async () => {
    const app = new Hono<ResourceServerEnv>().use(honoGate(guarded()))
    app.post('/mcp', (c) =>
      c.json([c.get('verifiedToken').subject, c.get('authInfo').token === good, c.var.parsedBody]),
    )
    const response = await app.request('/mcp', post(call('add')))
    expect(await response.json()).toEqual(['alice', true, JSON.parse(call('add'))])
  })

  it('MCP-6: an unknown path is 401 without a token, and 404 with a token', async () => {
    const app = new Hono().use(honoGate(guarded()))
    const refused = await app.request('/nowhere')
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      CHALLENGES.none,
    ])
    const headers = { authorization: `Bearer ${good}` }
    expect((await app.request('/nowhere', { headers })).status).toBe(404)
  })

  it.each(['json', 'text', 'arrayBuffer', 'blob'] as const)(
    'MCP-23: a body that c.req.%s() has read before the gate is checked, and the handler can still read it',
    async (kind) => {
      const app = new Hono()
      app.use(async (c, next) => {
        await c.req[kind]()
        await next()
      })
      app.use(honoGate(guarded()))
      app.post('/mcp', async (c) =>
        c.json([await c.req.json(), await c.req.text(), await c.req.raw.json()]),
      )
      const allowed = await app.request('/mcp', post(call('add')))
      const message = JSON.parse(call('add'))
      expect(await allowed.json()).toEqual([message, call('add'), message])
      expect((await app.request('/mcp', post(call('erase')))).status).toBe(403)
    },
  )

  it('S1.13: `maxBodySize` also applies to a body that middleware has read', async () => {
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.text()
      await next()
    })
    app.use(honoGate(testResourceServer({ policy: { tools: {}, maxBodySize: 1024 } })))
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(`${' '.repeat(1024)}{}`))
        controller.close()
      },
    })
    // Its length is not announced.
    const init = { ...post(''), body, duplex: 'half' as const }
    expect((await app.request('/mcp', init)).status).toBe(413)
  })

  it('MCP-23: a body consumed from c.req.raw is refused with 503', async () => {
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.raw.text()
      await next()
    })
    app.use(honoGate(guarded()))
    app.post('/mcp', (c) => c.text('through'))
    expect((await app.request('/mcp', post(call('add')))).status).toBe(503)
  })

  it('MCP-10: a guard behind the gate asks for more, and the body is still there', async () => {
    const resourceServer = guarded()
    const app = new Hono().use(honoGate(resourceServer))
    app.post('/admin', honoGuard(resourceServer, { requiredScopes: ['mcp:admin'] }), async (c) =>
      c.text(await c.req.text()),
    )
    const refused = await app.request('/admin', post(call('add')))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain('scope="mcp:tools mcp:admin"')
    const both = await signToken({ claims: { scope: 'mcp:tools mcp:admin' } })
    const allowed = await app.request('/admin', post(call('add'), { origin: ORIGIN }, both))
    expect([allowed.status, await allowed.text()]).toEqual([200, call('add')])
    expect(allowed.headers.get('vary')).toBe('Origin')
  })

  it('MCP-2: answers the documents, alone too, under a base path and in a routed application', async () => {
    const resourceServer = guarded()
    const inner = new Hono().use(honoGuard(resourceServer)).post('/mcp', (c) => c.text('through'))
    const app = new Hono().use(honoEndpoints(resourceServer)).route('/api', inner)
    app.get('/health', (c) => c.text('fine'))
    const document = await app.request(DOCUMENT)
    expect(await document.json()).toMatchObject({ resource: RESOURCE })
    expect(await (await app.request('/health')).text()).toBe('fine')
    expect((await app.request('/api/mcp', { method: 'POST' })).status).toBe(401)
    expect(await (await app.request('/api/mcp', post(call('add')))).text()).toBe('through')
    const based = new Hono().use(honoGate(resourceServer)).basePath('/v1')
    based.post('/mcp', (c) => c.text('through'))
    expect((await based.request(DOCUMENT)).status).toBe(200)
    expect(await (await based.request('/v1/mcp', post(call('add')))).text()).toBe('through')
  })

  it('RFC9728-6: with hono/cors before it, lists hold the items of both, each once', async () => {
    const app = new Hono()
    app.use(cors({ origin: ORIGIN, exposeHeaders: ['X-Mine', 'Retry-After'] }))
    app.use(honoGate(guarded()))
    app.post('/mcp', (c) => c.text('through', 200, { Vary: 'Accept' }))
    const preflight = await app.request('/mcp', {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    for (const [init, status] of [
      [post(call('add'), { origin: ORIGIN }), 200],
      [post(call('add'), { origin: ORIGIN }, 'bad'), 401],
    ] as const) {
      const response = await app.request('/mcp', init)
      expect(response.status).toBe(status)
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
      const exposed = response.headers.get('access-control-expose-headers')?.split(', ') ?? []
      expect(exposed).toEqual(expect.arrayContaining(['X-Mine', 'WWW-Authenticate']))
      expect(exposed).toEqual([...new Set(exposed)])
    }
  })

  it('S1.13: a refusal is no-store although middleware sets another Cache-Control', async () => {
    const app = new Hono()
    app.use(async (c, next) => {
      c.header('Cache-Control', 'public, max-age=3600')
      c.header('X-Request-Id', 'r-1')
      await next()
    })
    app.use(honoGate(guarded()))
    const response = await app.request('/mcp')
    expect(response.status).toBe(401)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('x-request-id')).toBe('r-1')
  })

  it('S1.13: an error of a handler reaches onError, and the response still gets CORS headers', async () => {
    const app = new Hono().use(honoGate(guarded()))
    app.post('/teapot', throwing(new HTTPException(418, { message: 'short and stout' })))
    app.post('/broken', throwing(new Error('in the handler')))
    app.onError((error, c) =>
      error instanceof HTTPException ? error.getResponse() : c.text(error.message, 500),
    )
    const teapot = await app.request('/teapot', post(call('add'), { origin: ORIGIN }))
    expect([teapot.status, await teapot.text()]).toEqual([418, 'short and stout'])
    expect(teapot.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    const broken = await app.request('/broken', post(call('add')))
    expect([broken.status, await broken.text()]).toEqual([500, 'in the handler'])
  })

  it('MCP-20: c.req.header() hides the session id of a request of 2026-07-28', async () => {
    const app = new Hono().use(honoGate(testResourceServer()))
    app.post('/mcp', async (c) =>
      c.json([c.req.header('mcp-session-id') ?? null, await c.req.text()]),
    )
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-session-id': 's-1' }
    const response = await app.request('/mcp', post('text', headers))
    expect(await response.json()).toEqual([null, 'text'])
  })

  it('refuses misspelt options when it is made', () => {
    const options = { scope: ['a'] } as object
    const resourceServer = guarded()
    expect(() => honoGate(resourceServer, options)).toThrow('honoGate: there is')
    expect(() => honoGuard(resourceServer, options)).toThrow(
      'honoGuard: there is no option `scope`',
    )
  })
})

describe('with the MCP SDK', () => {
  const accept = { accept: 'application/json, text/event-stream' }

  it('MCP-23: the handler of v2 gets the caller and the parsed body', async () => {
    const handler = createMcpHandler(() => {
      const server = new McpServer({ name: 'data', version: '1.0.0' })
      server.registerTool('add', {}, (context) => ({
        content: [{ type: 'text', text: String(context.http?.authInfo?.extra?.subject) }],
      }))
      return server
    })
    const app = new Hono<ResourceServerEnv>().use(honoGate(guarded()))
    app.all('/mcp', (c) =>
      handler.fetch(c.req.raw, { authInfo: c.var.authInfo, parsedBody: c.var.parsedBody }),
    )
    const response = await app.request('/mcp', post(call('add'), accept))
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('alice'),
    ])
  })

  it('S1.14: the web-standard transport of v1 opens sessions that are bound', async () => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => 's-1',
      enableJsonResponse: true,
    })
    const server = new McpServerV1({ name: 'data', version: '1.0.0' })
    server.registerTool('add', {}, ({ authInfo }) => ({
      content: [{ type: 'text', text: String(authInfo?.extra?.subject) }],
    }))
    await server.connect(transport as Parameters<typeof server.connect>[0])
    const app = new Hono<ResourceServerEnv>().use(honoGate(guarded()))
    app.all('/mcp', (c) => transport.handleRequest(c.req.raw, { authInfo: c.var.authInfo }))
    const initialize = JSON.stringify(INITIALIZE)
    const opened = await app.request('/mcp', post(initialize, accept))
    expect([opened.status, opened.headers.get('mcp-session-id')]).toEqual([200, 's-1'])
    const headers = { ...accept, 'mcp-session-id': 's-1' }
    const answer = await app.request('/mcp', post(call('add'), headers))
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('alice')])
    const other = await signToken({ claims: { sub: 'mallory' } })
    expect((await app.request('/mcp', post(call('add'), headers, other))).status).toBe(404)
    await server.close()
  })
})
