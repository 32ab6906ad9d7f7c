import { once } from 'node:events'
import {
  request as clientRequest,
  createServer,
  IncomingMessage,
  type Server,
  ServerResponse,
} from 'node:http'
import {
  type ClientHttp2Session,
  type ClientSessionOptions,
  connect,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { nodeGate } from '../../../src/adapters/node.ts'
import type { NodeRequest, NodeResponse } from '../../../src/adapters/node-request.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { eventually } from '../../support/decisions.ts'
import { listenDuringTest } from '../../support/loopback.ts'
import {
  NOW,
  type Overrides,
  RESOURCE,
  signToken,
  testResourceServer,
} from '../../support/tokens.ts'
import { DOCUMENT } from './mcp-callers.ts'

const good = await signToken()
const other = await signToken({ claims: { sub: 'mallory' } })
const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const listen = async (server: Server | ReturnType<typeof createHttp2Server>): Promise<string> =>
  (await listenDuringTest(server)).origin

interface Asked {
  readonly method?: string
  /** Default a good one; `undefined` sends none. */
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}

interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** The same question in either version of the protocol. */
type Ask = (path: string, asked?: Asked) => Promise<Answered>

function headersOf(asked: Asked): Record<string, string | string[]> {
  const token = 'token' in asked ? asked.token : good
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(asked.headers as Record<string, string | string[]>),
  }
}

type Handler = (request: NodeRequest, response: NodeResponse) => unknown
type Start = (resourceServer: ResourceServer, handler: Handler) => Promise<Ask>

const overHttp1: Start = async (resourceServer, handler) => {
  const guarded = nodeGate<IncomingMessage, ServerResponse>(resourceServer, handler)
  const origin = await listen(createServer(guarded))
  return async (path, asked = {}) => {
    const { method = 'POST', body } = asked
    const headers = headersOf(asked)
    const sent = clientRequest(`${origin}${path}`, { method, headers, agent: false }).end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await text(response),
    }
  }
}

const overHttp2: Start = async (resourceServer, handler) => {
  const guarded = nodeGate<Http2ServerRequest, Http2ServerResponse>(resourceServer, handler)
  const server = createHttp2Server(guarded)
  // It sends a field as often as it is told to, which is not for all to be done.
  const lax: ClientSessionOptions & { readonly strictSingleValueFields: false } = {
    strictSingleValueFields: false,
  }
  const session: ClientHttp2Session = connect(await listen(server), lax)
  closing.push(() => session.destroy())
  return async (path, asked = {}) => {
    const { method = 'POST', body } = asked
    const stream = session.request({ ':method': method, ':path': path, ...headersOf(asked) })
    stream.end(body)
    const [answer] = (await once(stream, 'response')) as [Record<string, unknown>]
    return { status: Number(answer[':status']), headers: answer, body: await text(stream) }
  }
}

/** `writeHead` in all its forms, and without it. */
const HEADS: Readonly<
  Record<string, (response: ServerResponse, status: number, headers: [string, string][]) => void>
> = {
  setHeader(response, status, headers) {
    response.statusCode = status
    for (const [name, value] of headers) response.setHeader(name, value)
  },
  setHeaders(response, status, headers) {
    response.statusCode = status
    response.setHeaders(new Headers(headers))
  },
  appendHeader(response, status, headers) {
    response.statusCode = status
    for (const [name, value] of headers) response.appendHeader(name, value)
  },
  'writeHead(status)': (response, status, headers) => {
    for (const [name, value] of headers) response.setHeader(name, value)
    response.writeHead(status)
  },
  'writeHead(status, reason) and setHeader': (response, status, headers) => {
    for (const [name, value] of headers) response.setHeader(name, value)
    response.writeHead(status, 'So')
  },
  'writeHead(status, object)': (response, status, headers) => {
    response.writeHead(status, Object.fromEntries(headers))
  },
  'writeHead(status, object), names in capitals': (response, status, headers) => {
    const named = headers.map(([name, value]) => [name.toUpperCase(), value])
    response.writeHead(status, Object.fromEntries(named))
  },
  'writeHead(status, reason, object)': (response, status, headers) => {
    response.writeHead(status, 'So', Object.fromEntries(headers))
  },
  'writeHead(status, undefined, object)': (response, status, headers) => {
    response.writeHead(status, undefined, Object.fromEntries(headers))
  },
  'writeHead(status, list)': (response, status, headers) => {
    response.writeHead(status, headers.flat())
  },
  'writeHead(status, reason, list)': (response, status, headers) => {
    response.writeHead(status, 'So', headers.flat())
  },
  'writeHead(status, pairs)': (response, status, headers) => {
    response.writeHead(status, headers as unknown as string[])
  },
  flushHeaders(response, status, headers) {
    HEADS.setHeader?.(response, status, headers)
    response.flushHeaders()
  },
}

/** HTTP/2 has no lists of names and values in turn before Node 24, and no `setHeaders`. */
const ONLY_HTTP1 = /list|pairs|setHeaders/

describe.each([
  ['node:http', overHttp1],
  ['node:http2', overHttp2],
] as const)('%s', (protocol, start) => {
  const serve = (options: Overrides, handler: Handler) =>
    start(testResourceServer(options), handler)

  const heads = Object.entries(HEADS).filter(
    ([name]) => protocol === 'node:http' || !ONLY_HTTP1.test(name),
  )

  it.each(heads)('S1.14: a session opened by %s is bound to who opened it', async (_name, head) => {
    const ask = await serve({}, (request, response) => {
      const { method } = request
      const opens = method === 'POST' && request.headers['mcp-session-id'] === undefined
      const headers: [string, string][] = opens ? [['mcp-session-id', 's-1']] : []
      head(response as ServerResponse, 200, [['x-a', 'b'], ...headers])
      ;(response as ServerResponse).end()
    })
    const named = { headers: { 'mcp-session-id': 's-1' } }
    expect((await ask('/mcp', named)).status).toBe(404)
    const opened = await ask('/mcp')
    expect([opened.status, opened.headers['mcp-session-id']]).toEqual([200, 's-1'])
    expect(opened.headers['x-a']).toBe('b')
    expect((await ask('/mcp', named)).status).toBe(200)
    expect((await ask('/mcp', { ...named, token: other })).status).toBe(404)
    // Ended by its owner, without a body.
    expect((await ask('/mcp', { ...named, method: 'DELETE' })).status).toBe(200)
    expect((await ask('/mcp', named)).status).toBe(404)
  })

  it.each(heads)('S1.14: a stream begun by %s ends with its token', async (_name, head) => {
    const almost = await signToken({ claims: { exp: NOW + 0.05 } })
    let goneOn = false
    const ask = await serve({ streamGrace: 0 }, (_request, response) => {
      head(response as ServerResponse, 200, [['content-type', 'text/event-stream']])
      const write = () => (response as ServerResponse).write(':\n\n')
      write()
      const timer = setInterval(() => {
        goneOn = response.writableEnded
        // Deaf to its end: that must not take the process down.
        write()
      }, 30)
      closing.push(() => clearInterval(timer))
    })
    const { status, body } = await ask('/mcp', { method: 'GET', token: almost })
    expect([status, body.slice(0, 3)]).toEqual([200, ':\n\n'])
    await eventually(() => expect(goneOn).toBe(true))
    expect((await ask(DOCUMENT, { method: 'GET' })).status).toBe(200)
  })

  it('S1.13: the handler’s response gets CORS headers, each value once', async () => {
    const origin = 'https://app.example.com'
    const ask = await serve({ allowedOrigins: [origin] }, (_request, response) => {
      expect(response.getHeader('vary')).toBe('Origin')
      response.end()
    })
    const answer = await ask('/mcp', { headers: { origin } })
    expect(answer.status).toBe(200)
    expect(answer.headers['access-control-allow-origin']).toBe(origin)
    expect(answer.headers.vary).toBe('Origin')
  })

  it('MCP-20: the session id of a request of 2026-07-28 is removed from headers, rawHeaders and headersDistinct', async () => {
    const ask = await serve({}, (request, response) => {
      const { headers, rawHeaders } = request
      const { headersDistinct } = request as Partial<IncomingMessage>
      response.end(JSON.stringify([headers, rawHeaders, headersDistinct]))
    })
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-session-id': 's', 'x-kept': 'yes' }
    const { status, body } = await ask('/mcp', { headers })
    expect(status).toBe(200)
    expect(body).toContain('x-kept')
    expect(body.toLowerCase()).not.toContain('mcp-session-id')
  })
})

describe('with the MCP SDK', () => {
  it('S1.14: a session id is checked too if Node parses no header so far behind', async () => {
    const seen: unknown[] = []
    const guarded = nodeGate(testResourceServer(), ({ rawHeaders }) => {
      seen.push(rawHeaders)
    })
    const raw = ['authorization', `Bearer ${good}`, 'mcp-session-id', 'not-mine']
    const request = new IncomingMessage(new Socket())
    // Node calls this for each head. Of a head with more than `maxHeadersCount` fields, the second
    // argument leaves out the last ones, and `rawHeaders` still has some of them.
    const node = request as unknown as { _addHeaderLines(raw: string[], count: number): void }
    node._addHeaderLines(raw, 2)
    const response = new ServerResponse(request)
    await guarded(Object.assign(request, { method: 'GET', url: '/mcp' }), response)
    expect([response.statusCode, seen]).toEqual([404, []])
  })

  it('S1.13: a listener that throws is answered with 500, and the server goes on', async () => {
    const guarded = nodeGate(testResourceServer(), (request, response) => {
      if (request.url === '/broken') throw new Error('in the listener')
      response.end('through')
    })
    const origin = await listen(createServer(guarded))
    const headers = { authorization: `Bearer ${good}` }
    const warned = once(process, 'warning')
    const broken = await fetch(`${origin}/broken`, { headers })
    expect([broken.status, await broken.text()]).toEqual([500, ''])
    expect(String(await warned)).toContain('in the listener')
    expect(await (await fetch(`${origin}/mcp`, { headers })).text()).toBe('through')
  })

  it('a listener that leaves a head which Node does not send is cut off, and the server goes on', async () => {
    const guarded = nodeGate(testResourceServer(), (request, response) => {
      if (request.url === '/broken') response.statusMessage = 'two\nlines'
      response.end('through')
    })
    const origin = await listen(createServer(guarded))
    const headers = { authorization: `Bearer ${good}` }
    const warned = once(process, 'warning')
    await expect(fetch(`${origin}/broken`, { headers })).rejects.toThrow('fetch failed')
    expect(String(await warned)).toContain('Invalid character')
    expect(await (await fetch(`${origin}/mcp`, { headers })).text()).toBe('through')
  })

  it('a listener that changes the URL of its resource changes no later request', async () => {
    const seen: string[] = []
    const guarded = nodeGate(testResourceServer(), ({ auth }, response) => {
      seen.push(auth.resource.href)
      auth.resource.pathname = '/elsewhere'
      response.end()
    })
    const origin = await listen(createServer(guarded))
    for (const path of ['/mcp', '/mcp']) {
      await fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${good}` } })
    }
    expect(seen).toEqual([RESOURCE, RESOURCE])
  })

  it('refuses misspelt options when it is made', () => {
    const options = { scope: ['a'] } as object
    expect(() => nodeGate(testResourceServer(), () => {}, options)).toThrow(
      'nodeGate: there is no option `scope`',
    )
  })
})
