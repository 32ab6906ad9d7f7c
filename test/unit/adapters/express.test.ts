import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express5 from 'express'
import express4 from 'express4'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type AuthInfo,
  type ExpressHandler,
  expressEndpoints,
  expressGate,
  expressGuard,
  verifiedToken,
} from '../../../src/adapters/express.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import {
  CHALLENGES,
  CLAIMS,
  CORRELATION_ID,
  httpsFreeResourceServer,
  ISSUER,
  METADATA_URL,
  NOW,
  RESOURCE,
  signToken,
} from '../../support/tokens.ts'

const good = await signToken()
const DOCUMENT = '/.well-known/oauth-protected-resource/mcp'
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** What both versions have of an application. */
interface App {
  use(...handlers: unknown[]): void
  all(path: string, ...handlers: unknown[]): void
}

async function listen(app: unknown): Promise<{ origin: string; port: number }> {
  const server = createServer(app as RequestListener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, port }
}

/** Bytes in, bytes out: what no HTTP client would send. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(text)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

describe.each([
  ['Express 4', () => express4() as unknown as App],
  ['Express 5', () => express5() as unknown as App],
])('%s', (_version, makeApp) => {
  async function serve(
    resourceServer: ResourceServer = httpsFreeResourceServer(),
    gate: ExpressHandler = expressGate(resourceServer),
  ) {
    const seen: (IncomingMessage & { auth?: unknown })[] = []
    const app = makeApp()
    app.use(gate)
    app.use((request: IncomingMessage, response: { end(text: string): void }) => {
      seen.push(request)
      response.end('through')
    })
    const { origin, port } = await listen(app)
    const ask = (path: string, authorization?: string, init: RequestInit = {}) =>
      fetch(`${origin}${path}`, {
        ...init,
        headers: { ...init.headers, ...(authorization === undefined ? {} : { authorization }) },
      })
    return { ask, port, seen }
  }

  it('RFC9068-2: lets a good token through, with what MCP handlers look for', async () => {
    const { ask, seen } = await serve()
    const response = await ask('/mcp', `Bearer ${good}`, { method: 'POST' })
    expect([response.status, await response.text()]).toEqual([200, 'through'])
    const [request] = seen
    expect(request?.auth).toEqual({
      token: good,
      clientId: 'inspector',
      scopes: ['mcp:tools'],
      expiresAt: NOW + 300,
      resource: new URL(RESOURCE),
      resourceMetadataUrl: METADATA_URL,
      extra: {
        issuer: ISSUER,
        subject: 'alice',
        audience: [RESOURCE],
        claims: CLAIMS,
        verifiedToken: expect.objectContaining({ issuer: ISSUER, tokenId: 'token-1' }),
      },
    })
    const token = request && verifiedToken(request)
    expect(token).toMatchObject({ issuer: ISSUER, subject: 'alice' })
    expect((request?.auth as AuthInfo | undefined)?.extra.verifiedToken).toBe(token)
    expect(verifiedToken({} as IncomingMessage)).toBeUndefined()
  })

  it.each([
    ['RFC6750-2: no token', undefined, 401, CHALLENGES.none],
    ['RFC6750-3: a bad token', 'Bearer abc', 401, CHALLENGES.invalid_token],
    ['RFC6750-1: a malformed header', 'Bearer x y', 400, CHALLENGES.invalid_request],
    ['RFC6750-2: another scheme', 'Basic dTpw', 401, CHALLENGES.none],
  ])('S1.9 S1.13: refuses %s', async (_name, authorization, status, challenge) => {
    const { ask, seen } = await serve()
    const response = await ask('/mcp', authorization, { method: 'POST', body: '{}' })
    expect(response.status).toBe(status)
    expect(response.headers.get('www-authenticate')).toBe(challenge)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('access-control-expose-headers')).toBe('WWW-Authenticate')
    expect(await response.json()).toHaveProperty('correlation_id', CORRELATION_ID)
    expect(seen).toEqual([])
  })

  it('MCP-9 RFC6750-3: refuses too few scopes with 403', async () => {
    const { ask } = await serve()
    const token = await signToken({ claims: { scope: 'other' } })
    const response = await ask('/mcp', `Bearer ${token}`)
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toBe(CHALLENGES.insufficient_scope)
    expect(await response.json()).toEqual({
      error: 'insufficient_scope',
      error_description: 'The access token lacks a scope that this request needs.',
      correlation_id: CORRELATION_ID,
    })
  })

  it.each(['GET', 'POST', 'DELETE', 'PUT', 'OPTIONS', 'HEAD'])(
    'MCP-13 MCP-16: nothing is done with %s before it is judged',
    async (method) => {
      const { ask, seen } = await serve()
      expect((await ask('/mcp', undefined, { method })).status).toBe(401)
      expect((await ask('/anything', undefined, { method })).status).toBe(401)
      expect(seen).toEqual([])
    },
  )

  it.each([
    ['two Bearer headers', `Authorization: Bearer ${good}\r\nAuthorization: Bearer ${good}`],
    ['Bearer and Basic', `Authorization: Bearer ${good}\r\nauthorization: Basic dTpw`],
    ['Basic and Bearer', `authorization: Basic dTpw\r\nAUTHORIZATION: Bearer ${good}`],
    ['a good and an empty one', `Authorization: Bearer ${good}\r\nAuthorization:`],
  ])('RFC6750-4: %s on the wire are 400', async (_name, lines) => {
    const { port, seen } = await serve()
    const answer = await raw(
      port,
      `GET /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nConnection: close\r\n${lines}\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(answer).toContain(`WWW-Authenticate: ${CHALLENGES.invalid_request}\r\n`)
    expect(seen).toEqual([])
  })

  it('RFC6750-1: bytes beyond ASCII on the wire are 400', async () => {
    const { port } = await serve()
    const answer = await raw(
      port,
      'GET /mcp HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer x\xe9\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('MCP-17: a token in the query is none', async () => {
    const { ask } = await serve()
    const response = await ask(`/mcp?access_token=${good}`)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(CHALLENGES.none)
  })

  it('MCP-1 MCP-2 RFC9728-2: serves the documents without a token', async () => {
    const { ask, seen } = await serve()
    for (const path of [DOCUMENT, '/.well-known/oauth-protected-resource', `${DOCUMENT}?a=b`]) {
      const response = await ask(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await response.json()).toMatchObject({
        resource: RESOURCE,
        authorization_servers: [ISSUER],
      })
    }
    expect(seen).toEqual([])
  })

  it('RFC9728-2 RFC9728-6: HEAD, OPTIONS, 405 and 304', async () => {
    const { ask } = await serve()
    const get = await ask(DOCUMENT)
    const head = await ask(DOCUMENT, undefined, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect(head.headers.get('content-length')).toBe(String((await get.text()).length))
    const options = await ask(DOCUMENT, undefined, { method: 'OPTIONS' })
    expect([options.status, await options.text()]).toEqual([204, ''])
    expect(options.headers.get('access-control-allow-origin')).toBe('*')
    const post = await ask(DOCUMENT, `Bearer ${good}`, { method: 'POST' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const headers = { 'if-none-match': get.headers.get('etag') ?? '' }
    const unchanged = await ask(DOCUMENT, undefined, { headers })
    expect([unchanged.status, await unchanged.text()]).toEqual([304, ''])
  })

  it('RFC7662-3: an outage is 503 with Retry-After and no challenge', async () => {
    const revocation = () => {
      throw new Error('down')
    }
    const { ask, seen } = await serve(httpsFreeResourceServer({ revocation }))
    const response = await ask('/mcp', `Bearer ${good}`)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'The access token cannot be checked right now.',
      correlation_id: CORRELATION_ID,
    })
    expect(seen).toEqual([])
  })

  it('MCP-10: a guard of one route asks for more', async () => {
    const resourceServer = httpsFreeResourceServer()
    const guard = expressGuard(resourceServer, { requiredScopes: ['mcp:admin'] })
    const { ask } = await serve(resourceServer, guard)
    const refused = await ask('/admin', `Bearer ${good}`)
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain('scope="mcp:tools mcp:admin"')
    const both = await signToken({ claims: { scope: 'mcp:tools mcp:admin' } })
    expect((await ask('/admin', `Bearer ${both}`)).status).toBe(200)
    // It serves no documents.
    expect((await ask(DOCUMENT)).status).toBe(401)
  })

  it('MCP-2: documents alone let everything else pass', async () => {
    const resourceServer = httpsFreeResourceServer()
    const { ask, seen } = await serve(resourceServer, expressEndpoints(resourceServer))
    expect((await ask(DOCUMENT)).status).toBe(200)
    expect(await (await ask('/mcp')).text()).toBe('through')
    expect(seen.map((request) => request.auth)).toEqual([undefined])
  })

  it('MCP-2: the documents are found by the whole path, wherever the gate is mounted', async () => {
    const app = makeApp()
    app.use('/.well-known', expressEndpoints(httpsFreeResourceServer()))
    const { origin } = await listen(app)
    expect((await fetch(`${origin}${DOCUMENT}`)).status).toBe(200)
  })

  it('S1.13: an error of a handler goes the way of the framework', async () => {
    const app = makeApp()
    app.use(expressGate(httpsFreeResourceServer()))
    app.all('/mcp', () => {
      throw new Error('in the handler')
    })
    app.use((error: Error, _request: unknown, response: { end(t: string): void }, _n: unknown) => {
      response.end(`caught: ${error.message}`)
    })
    const { origin } = await listen(app)
    const headers = { authorization: `Bearer ${good}` }
    const response = await fetch(`${origin}/mcp`, { headers })
    expect(await response.text()).toBe('caught: in the handler')
  })

  it('MCP-13: what has been answered already is left alone', async () => {
    const app = makeApp()
    app.use((_request: unknown, response: { end(text: string): void }, next: () => void) => {
      response.end('early')
      next()
    })
    app.use(expressGate(httpsFreeResourceServer()))
    const { origin } = await listen(app)
    expect(await (await fetch(`${origin}/mcp`)).text()).toBe('early')
    expect(await (await fetch(`${origin}${DOCUMENT}`)).text()).toBe('early')
  })

  it('MCP-13: a guard whose scopes are none fails at start, or closed', async () => {
    const resourceServer = httpsFreeResourceServer()
    let guard: ExpressHandler
    try {
      guard = expressGuard(resourceServer, { requiredScopes: ['two words'] })
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
      return
    }
    const { ask } = await serve(resourceServer, guard)
    const signal = AbortSignal.timeout(2000)
    expect((await ask('/mcp', undefined, { signal })).status).toBe(503)
  })
})
