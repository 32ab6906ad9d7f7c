import type { Server } from 'node:http'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type FastifyGateOptions,
  fastifyEndpoints,
  fastifyGate,
  fastifyGuard,
} from '../../../src/adapters/fastify.ts'
import { INITIALIZE, toolCall } from '../../support/mcp-messages.ts'
import { CHALLENGES, RESOURCE, signToken } from '../../support/tokens.ts'
import { DOCUMENT, good, guarded, ORIGIN } from './mcp-callers.ts'

const call = (name: string, args: object = {}) => JSON.stringify(toolCall(name, 1, args))

const apps: FastifyInstance[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

function makeApp(options: FastifyServerOptions = {}): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, ...options })
  apps.push(app)
  return app
}

const post = (url: string, payload: string, headers = {}, token = good) => ({
  method: 'POST' as const,
  url,
  payload,
  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
})

describe('the Fastify adapter', () => {
  it('RFC9068-2: hands the handler the caller, and Fastify the body', async () => {
    const app = makeApp({ trustProxy: true })
    app.register(fastifyGate, { resourceServer: guarded() })
    app.post('/mcp', async (request) => [
      request.verifiedToken?.subject,
      request.authInfo?.token === good,
      (request.raw as { auth?: unknown }).auth === request.authInfo,
      request.ip,
      request.body,
    ])
    const answer = await app.inject(post('/mcp', call('add'), { 'x-forwarded-for': '192.0.2.7' }))
    expect(answer.json()).toEqual(['alice', true, true, '192.0.2.7', JSON.parse(call('add'))])
    expect((await app.inject(post('/mcp', call('erase')))).statusCode).toBe(403)
  })

  it('MCP-6: an unknown path is 401 without a token, and 404 with a token', async () => {
    const app = makeApp()
    app.register(fastifyGate, { resourceServer: guarded() })
    const refused = await app.inject('/nowhere')
    expect(refused.statusCode).toBe(401)
    expect(refused.headers['www-authenticate']).toBe(CHALLENGES.none)
    expect(refused.headers['content-type']).toBe('application/json')
    const headers = { authorization: `Bearer ${good}` }
    expect((await app.inject({ url: '/nowhere', headers })).statusCode).toBe(404)
  })

  it.each([
    ['that does not return the promise of the guard', false],
    ['without done that waits for the guard', true],
  ])('MCP-6: a hook of the application %s lets only a good token pass', async (_hook, waits) => {
    const app = makeApp()
    const guard = fastifyGuard(guarded())
    if (waits) app.addHook('onRequest', async (request, reply) => guard(request, reply))
    else {
      app.addHook('onRequest', (request, reply, done) => {
        guard(request, reply, done)
      })
    }
    app.get('/', async (request) => request.verifiedToken?.subject)
    const headers = { authorization: `Bearer ${good}` }
    // The first request waits for the key set, and the second one for nothing.
    for (const _time of ['cold', 'warm']) {
      expect((await app.inject({ url: '/', headers })).body).toBe('alice')
    }
    expect((await app.inject('/')).statusCode).toBe(401)
  })

  it('RFC6750-4: two Authorization headers are 400 when injected, too', async () => {
    const app = makeApp()
    app.register(fastifyGate, { resourceServer: guarded() })
    const authorization = [`Bearer ${good}`, `Bearer ${good}`] as unknown as string
    expect((await app.inject({ url: '/', headers: { authorization } })).statusCode).toBe(400)
  })

  it('MCP-6: guards all routes and scopes, whether declared before it or after', async () => {
    const app = makeApp()
    app.get('/declared', async () => 'open')
    app.register(async (scope) => {
      scope.get('/earlier', async () => 'open')
    })
    app.register(fastifyGate, { resourceServer: guarded() })
    app.register(async (scope) => {
      scope.get('/later', async () => 'open')
    })
    for (const url of ['/declared', '/earlier', '/later']) {
      expect((await app.inject(url)).statusCode, url).toBe(401)
    }
  })

  it('MCP-6: registered in a scope it guards only that scope', async () => {
    const resourceServer = guarded()
    const app = makeApp()
    app.register(fastifyEndpoints, { resourceServer })
    app.get('/health', async () => 'fine')
    app.register(
      async (scope) => {
        scope.register(fastifyGate, { resourceServer })
        scope.post('/', async (request) => request.verifiedToken?.subject)
      },
      { prefix: '/mcp' },
    )
    expect((await app.inject('/health')).body).toBe('fine')
    expect((await app.inject({ method: 'POST', url: '/mcp' })).statusCode).toBe(401)
    expect((await app.inject(post('/mcp', call('add')))).body).toBe('alice')
    expect((await app.inject(DOCUMENT)).json()).toMatchObject({ resource: RESOURCE })
  })

  it('MCP-2: serves the documents from the root, and from a scope without a prefix', async () => {
    for (const scoped of [false, true]) {
      const app = makeApp()
      const resourceServer = guarded()
      const mcp = async (scope: FastifyInstance) => {
        scope.register(fastifyGate, { resourceServer })
        scope.post('/mcp', async () => 'through')
      }
      if (scoped) app.register(mcp)
      else await mcp(app)
      for (const url of [DOCUMENT, '/.well-known/oauth-protected-resource', `${DOCUMENT}?a=b`]) {
        const answer = await app.inject(url)
        expect(answer.json()).toMatchObject({ resource: RESOURCE })
        expect(answer.headers['content-type']).toBe('application/json')
      }
      const head = await app.inject({ method: 'HEAD', url: DOCUMENT })
      expect([head.statusCode, head.body]).toEqual([200, ''])
      expect(Number(head.headers['content-length'])).toBeGreaterThan(10)
      expect((await app.inject({ method: 'OPTIONS', url: DOCUMENT })).statusCode).toBe(204)
      const refused = await app.inject({ method: 'POST', url: DOCUMENT })
      expect([refused.statusCode, refused.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS'])
      expect((await app.inject({ method: 'POST', url: '/mcp' })).statusCode).toBe(401)
    }
  })

  it('MCP-10: a guard of one route behind the gate asks for more, and the body is still there', async () => {
    const resourceServer = guarded()
    const app = makeApp()
    app.register(fastifyGate, { resourceServer })
    const onRequest = fastifyGuard(resourceServer, { requiredScopes: ['mcp:admin'] })
    app.post('/admin', { onRequest }, async (request) => request.body)
    const refused = await app.inject(post('/admin', call('add')))
    expect(refused.statusCode).toBe(403)
    expect(refused.headers['www-authenticate']).toContain('scope="mcp:tools mcp:admin"')
    const both = await signToken({ claims: { scope: 'mcp:tools mcp:admin' } })
    const allowed = await app.inject(post('/admin', call('add'), { origin: ORIGIN }, both))
    expect(allowed.json()).toEqual(JSON.parse(call('add')))
    expect(allowed.headers.vary).toBe('Origin')
  })

  it.each(['preParsing', 'preValidation', 'preHandler'] as const)(
    'MCP-23: a guard in the hook %s checks the body that the handler gets',
    async (hook) => {
      const app = makeApp()
      app.addHook(hook as 'preHandler', fastifyGuard(guarded()))
      app.post('/mcp', async (request) => request.body)
      expect((await app.inject(post('/mcp', call('add')))).json()).toEqual(JSON.parse(call('add')))
      expect((await app.inject(post('/mcp', call('erase')))).statusCode).toBe(403)
    },
  )

  it('MCP-23: a content-type parser of the application gets the original bytes', async () => {
    const app = makeApp()
    app.register(fastifyGate, { resourceServer: guarded() })
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('application/json', async (_request: unknown, payload: Readable) =>
      text(payload),
    )
    app.post('/mcp', async (request) => request.body)
    expect((await app.inject(post('/mcp', call('add')))).body).toBe(call('add'))
  })

  it('S1.13: a smaller `bodyLimit` of Fastify still applies', async () => {
    const app = makeApp({ bodyLimit: 1024 })
    app.register(fastifyGate, { resourceServer: guarded() })
    app.post('/mcp', async () => 'through')
    const large = call('add', { text: 'x'.repeat(2000) })
    const answer = await app.inject(post('/mcp', large))
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'FST_ERR_CTP_BODY_TOO_LARGE'])
  })

  it('S1.13: a refusal passes the onSend hooks, and response schemas do not change it', async () => {
    const app = makeApp()
    const sent: [number, string][] = []
    app.addHook('onSend', async (_request, reply, payload) => {
      sent.push([reply.statusCode, String(payload)])
      reply.header('x-seen', 'yes')
    })
    app.register(fastifyGate, { resourceServer: guarded() })
    const schema = { response: { '4xx': { type: 'object', properties: {} } } }
    app.post('/mcp', { schema }, async () => 'through')
    const answer = await app.inject({ method: 'POST', url: '/mcp' })
    expect(answer.headers['x-seen']).toBe('yes')
    expect(answer.json()).toHaveProperty('correlation_id')
    expect(sent).toEqual([[401, answer.body]])
  })

  it('RFC9728-6: CORS headers are added to those of other plugins, also on hijacked replies', async () => {
    const app = makeApp()
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('Vary', 'Accept')
      reply.header('Access-Control-Expose-Headers', 'X-Mine')
    })
    app.register(fastifyGate, { resourceServer: guarded() })
    app.post('/mcp', async () => 'through')
    app.post('/raw', (_request, reply) => {
      reply.hijack()
      reply.raw.end('through')
    })
    const answer = await app.inject(post('/mcp', call('add'), { origin: ORIGIN }))
    expect(answer.headers.vary).toBe('Accept, Origin')
    expect(answer.headers['access-control-expose-headers']).toMatch(/^X-Mine, .*WWW-Authenticate/)
    const raw = await app.inject(post('/raw', call('add'), { origin: ORIGIN }))
    expect(raw.headers['access-control-allow-origin']).toBe(ORIGIN)
    const headers = { origin: ORIGIN, 'access-control-request-method': 'POST' }
    expect((await app.inject({ method: 'OPTIONS', url: '/mcp', headers })).statusCode).toBe(204)
  })

  it('S1.13: an error of a handler reaches the error handler of Fastify', async () => {
    const app = makeApp()
    app.register(fastifyGate, { resourceServer: guarded() })
    app.setErrorHandler((error: Error, _request, reply) => reply.code(500).send(error.message))
    app.post('/mcp', async () => {
      throw new Error('in the handler')
    })
    const answer = await app.inject(post('/mcp', call('add')))
    expect([answer.statusCode, answer.body]).toEqual([500, 'in the handler'])
  })

  it('refuses wrong options when it is registered', async () => {
    const resourceServer = guarded()
    const cases: readonly [object, string][] = [
      [{}, 'option `resourceServer` must be'],
      [{ resourceServer, scope: ['a'] }, 'there is no option `scope`'],
      // It would have no effect: the plugin is of the scope that registers it.
      [{ resourceServer, prefix: '/mcp' }, 'there is no option `prefix`'],
    ]
    for (const [options, message] of cases) {
      const app = makeApp()
      app.register(fastifyGate, options as FastifyGateOptions)
      await expect(app.ready()).rejects.toThrow(message)
    }
    expect(() => fastifyGuard(resourceServer, { scope: ['a'] } as object)).toThrow('fastifyGuard: ')
  })
})

describe('with the MCP SDK', () => {
  const accept = { accept: 'application/json, text/event-stream' }

  async function listen(app: FastifyInstance) {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const address = (app.server as Server).address() as { port: number }
    return async (payload: string, more: object = {}, token = good) => {
      const { headers } = post('/mcp', payload, { ...accept, ...more }, token)
      const url = `http://127.0.0.1:${address.port}/mcp`
      const response = await fetch(url, { method: 'POST', headers, body: payload })
      return {
        status: response.status,
        id: response.headers.get('mcp-session-id'),
        body: await response.text(),
      }
    }
  }

  it('MCP-23: the Node handler of v2, behind a hijacked reply', async () => {
    const handler = toNodeHandler(
      createMcpHandler(() => {
        const server = new McpServer({ name: 'data', version: '1.0.0' })
        server.registerTool('add', {}, (context) => ({
          content: [{ type: 'text', text: String(context.http?.authInfo?.extra?.subject) }],
        }))
        return server
      }),
    )
    const app = makeApp()
    app.register(fastifyGate, { resourceServer: guarded() })
    app.post('/mcp', async (request, reply) => {
      reply.hijack()
      await handler(request.raw as Parameters<typeof handler>[0], reply.raw, request.body)
    })
    const ask = await listen(app)
    expect(await ask(call('add'))).toMatchObject({
      status: 200,
      body: expect.stringMatching('alice'),
    })
  })

  it('S1.14: the transport of v1, behind a hijacked reply, opens sessions that are bound', async () => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => 's-1' })
    const server = new McpServerV1({ name: 'data', version: '1.0.0' })
    server.registerTool('add', {}, ({ authInfo }) => ({
      content: [{ type: 'text', text: String(authInfo?.extra?.subject) }],
    }))
    await server.connect(transport as Parameters<typeof server.connect>[0])
    const app = makeApp()
    app.register(fastifyGate, { resourceServer: guarded() })
    app.post('/mcp', async (request, reply) => {
      reply.hijack()
      await transport.handleRequest(request.raw, reply.raw, request.body)
    })
    const ask = await listen(app)
    const initialize = JSON.stringify(INITIALIZE)
    expect(await ask(initialize)).toMatchObject({ status: 200, id: 's-1' })
    const session = { 'mcp-session-id': 's-1' }
    expect(await ask(call('add'), session)).toMatchObject({
      status: 200,
      body: expect.stringMatching('alice'),
    })
    const other = await signToken({ claims: { sub: 'mallory' } })
    expect((await ask(call('add'), session, other)).status).toBe(404)
    await server.close()
  })
})
