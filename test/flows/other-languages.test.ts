import { type EventEmitter, once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request as openRequest } from 'node:http'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFront } from '../../examples/other-languages/server.ts'
import { startTestIssuer, type TestIssuer } from '../../src/testing/index.ts'
import { listenOnLoopback } from '../support/loopback.ts'
import { listen } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'

/** What the server behind the gate got. */
interface Received {
  readonly headers: IncomingHttpHeaders
  readonly url: string
  readonly body: string
}

describe('examples/other-languages', () => {
  const stop = undoAfterAll()
  let issuer: TestIssuer
  let resource: string
  const streams: EventEmitter[] = []
  let closeBackend: () => Promise<void>

  beforeAll(async () => {
    const backend = await listenOnLoopback(
      createServer(async (request, response) => {
        if (request.method === 'GET') {
          streams.push(response)
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
          return
        }
        const chunks = await request.toArray()
        const body = Buffer.concat(chunks).toString()
        response.end(JSON.stringify({ headers: request.headers, url: request.url, body }))
      }),
    )
    closeBackend = () => backend.close()
    const server = await listen()
    resource = server.resource
    issuer = await startTestIssuer({ resource, scopes: ['mcp:tools'] })
    const front = createFront({ resource, issuer: issuer.issuer, backend: backend.origin })
    server.listener((request, response) => void front.emit('request', request, response))
    stop.push(() => issuer.close(), closeBackend, server.close)
  })

  const ask = async (path: string, init: RequestInit = {}) => {
    const authorization = `Bearer ${await issuer.token({ subject: 'zoë', clientId: 'app' })}`
    const headers = { authorization, 'content-type': 'application/json', ...init.headers }
    return fetch(new URL(path, resource), {
      method: 'POST',
      body: '{}',
      ...init,
      headers,
    })
  }

  it('MCP-15: the server behind the gate gets the caller, and no credentials', async () => {
    const answer = await ask('/mcp', { headers: { cookie: 'a=b', 'X-Caller': 'admin' } })
    const { headers, url, body } = (await answer.json()) as Received
    expect({ url, body }).toEqual({ url: '/mcp', body: '{}' })
    expect(Object.keys(headers)).not.toContain('authorization')
    expect(Object.keys(headers)).not.toContain('cookie')
    expect(JSON.parse(decodeURIComponent(String(headers['x-caller'])))).toEqual({
      subject: 'zoë',
      client: 'app',
      scopes: 'mcp:tools',
    })
  })

  it('S1.9: without a token nothing arrives behind the gate', async () => {
    const answer = await fetch(resource, { method: 'POST', body: '{}' })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('resource_metadata=')
  })

  it('a stream begins at once, and ends at the server when the client leaves', async () => {
    const answer = await ask('/mcp', { method: 'GET', body: null })
    const reader = answer.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n')
    const left = streams.map((stream) => once(stream, 'close'))
    await reader?.cancel()
    expect(await Promise.all(left)).toHaveLength(1)
  })

  it('a target that names another host, or another path, is not forwarded', async () => {
    expect((await ask('/admin')).status).toBe(404)
    const authorization = `Bearer ${await issuer.token()}`
    const status = await new Promise((resolve) => {
      const { port } = new URL(resource)
      const options = { port, path: '//127.0.0.1:1/mcp', headers: { authorization } }
      openRequest(options, (answer) => resolve(answer.resume().statusCode)).end()
    })
    expect(status).toBe(404)
  })

  it('502 if the server behind the gate is down', async () => {
    await closeBackend()
    expect((await ask('/mcp')).status).toBe(502)
  })
})
