import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import express5 from 'express'
import express4 from 'express4'
import { describe, expect, it } from 'vitest'
import {
  type AuthInfo,
  type ExpressHandler,
  expressEndpoints,
  expressGate,
  expressGuard,
  verifiedToken,
} from '../../../src/adapters/express.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { listenDuringTest } from '../../support/loopback.ts'
import { throwing } from '../../support/throwing.ts'
import { ISSUER, testResourceServer } from '../../support/tokens.ts'
import { AUTH_INFO, DOCUMENT, good } from './mcp-callers.ts'

/** What both versions have of an application. */
interface App {
  use(...handlers: unknown[]): void
  all(path: string, ...handlers: unknown[]): void
}

const listen = (app: unknown) => listenDuringTest(createServer(app as RequestListener))

describe.each([
  ['Express 4', () => express4() as unknown as App],
  ['Express 5', () => express5() as unknown as App],
])('%s', (_version, makeApp) => {
  async function serve(
    resourceServer: ResourceServer = testResourceServer(),
    gate: ExpressHandler = expressGate(resourceServer),
  ) {
    const seen: (IncomingMessage & { auth?: unknown })[] = []
    const app = makeApp()
    app.use(gate)
    app.use((request: IncomingMessage, response: { end(text: string): void }) => {
      seen.push(request)
      response.end('through')
    })
    const { origin } = await listen(app)
    const ask = (path: string, authorization?: string, init: RequestInit = {}) =>
      fetch(`${origin}${path}`, {
        ...init,
        headers: { ...init.headers, ...(authorization === undefined ? {} : { authorization }) },
      })
    return { ask, seen }
  }

  it('RFC9068-2: a good token sets `request.auth` and verifiedToken(request)', async () => {
    const { ask, seen } = await serve()
    const response = await ask('/mcp', `Bearer ${good}`, { method: 'POST' })
    expect([response.status, await response.text()]).toEqual([200, 'through'])
    const [request] = seen
    expect(request?.auth).toEqual(AUTH_INFO)
    const token = request && verifiedToken(request)
    expect(token).toMatchObject({ issuer: ISSUER, subject: 'alice' })
    expect((request?.auth as AuthInfo | undefined)?.extra.verifiedToken).toBe(token)
    expect(verifiedToken({} as IncomingMessage)).toBeUndefined()
  })

  it('MCP-2: expressEndpoints serves the documents and passes the rest on, expressGuard serves none', async () => {
    const resourceServer = testResourceServer()
    const { ask, seen } = await serve(resourceServer, expressEndpoints(resourceServer))
    expect((await ask(DOCUMENT)).status).toBe(200)
    expect(await (await ask('/mcp')).text()).toBe('through')
    expect(seen.map((request) => request.auth)).toEqual([undefined])
    const { ask: askGuard } = await serve(resourceServer, expressGuard(resourceServer))
    expect((await askGuard(DOCUMENT)).status).toBe(401)
  })

  it('MCP-2: the documents are found by the whole path, wherever the gate is mounted', async () => {
    const app = makeApp()
    app.use('/.well-known', expressEndpoints(testResourceServer()))
    const { origin } = await listen(app)
    expect((await fetch(`${origin}${DOCUMENT}`)).status).toBe(200)
  })

  it('MCP-20: a middleware behind the gate that replaces `write` and `end`, as a compressor does, gets every part', async () => {
    const app = makeApp()
    app.use(expressGate(testResourceServer()))
    app.use((_request: IncomingMessage, response: ServerResponse, next: () => void) => {
      const { write, end } = response
      const louder = (chunk?: unknown) => chunk && String(chunk).toUpperCase()
      response.write = ((chunk: unknown) => write.call(response, louder(chunk), 'utf8')) as never
      response.end = ((chunk?: unknown) => end.call(response, louder(chunk), 'utf8')) as never
      next()
    })
    app.use((_request: IncomingMessage, response: ServerResponse) => {
      response.write('one ')
      response.write('two ')
      response.end('three')
    })
    const { origin } = await listen(app)
    const response = await fetch(`${origin}/mcp`, { headers: { authorization: `Bearer ${good}` } })
    expect(await response.text()).toBe('ONE TWO THREE')
  })

  it('S1.13: an error of a handler reaches the error handler of Express', async () => {
    const app = makeApp()
    app.use(expressGate(testResourceServer()))
    app.all('/mcp', throwing(new Error('in the handler')))
    app.use((error: Error, _request: unknown, response: { end(t: string): void }, _n: unknown) => {
      response.end(`caught: ${error.message}`)
    })
    const { origin } = await listen(app)
    const headers = { authorization: `Bearer ${good}` }
    const response = await fetch(`${origin}/mcp`, { headers })
    expect(await response.text()).toBe('caught: in the handler')
  })

  it('MCP-13: a response that middleware has ended is not changed', async () => {
    const app = makeApp()
    app.use((_request: unknown, response: { end(text: string): void }, next: () => void) => {
      response.end('early')
      next()
    })
    app.use(expressGate(testResourceServer()))
    const { origin } = await listen(app)
    expect(await (await fetch(`${origin}/mcp`)).text()).toBe('early')
    expect(await (await fetch(`${origin}${DOCUMENT}`)).text()).toBe('early')
  })

  it('MCP-13: a guard with an invalid scope throws when it is made, or answers 503', async () => {
    const resourceServer = testResourceServer()
    let guard: ExpressHandler
    try {
      guard = expressGuard(resourceServer, { requiredScopes: ['two words'] })
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
      return
    }
    const { ask } = await serve(resourceServer, guard)
    expect((await ask('/mcp')).status).toBe(503)
  })
})
