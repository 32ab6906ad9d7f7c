/** What bodies live through: on the wire, at the gate, and in the parsers before and behind it. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import express5 from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { expressGate, expressGuard } from '../../../src/adapters/express.ts'
import { fastifyGate } from '../../../src/adapters/fastify.ts'
import { honoGate } from '../../../src/adapters/hono.ts'
import { nodeGate } from '../../../src/adapters/node.ts'
import type { ResourceServer } from '../../../src/resource-server/resource-server.ts'
import { eventually } from '../../support/decisions.ts'
import { listenToDecisions } from '../../support/events.ts'
import { listenDuringTest } from '../../support/loopback.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { signToken, testResourceServer } from '../../support/tokens.ts'

const good = await signToken()
const MAX = 64 * 1024

const call = (name: string, args: object = {}) => JSON.stringify(toolCall(name, 1, args))
const ADD = call('add')
const ERASE = call('erase')

const guarded = (): ResourceServer =>
  testResourceServer({
    policy: { tools: { add: 'allow', erase: { roles: ['nobody'] } }, maxBodySize: MAX },
  })

const listen = async (server: Server) => (await listenDuringTest(server)).port

/** A connection, byte by byte. */
class Wire {
  received = ''
  ended = false
  readonly #socket: Socket

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    onTestFinished(() => void this.#socket.destroy())
    this.#socket.setNoDelay(true)
    this.#socket.setEncoding('utf8').on('data', (chunk) => {
      this.received += chunk
    })
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      this.ended = true
    })
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    if (this.#socket.destroyed || this.#socket.write(bytes)) return
    await new Promise<unknown>((resolve) => {
      this.#socket.once('drain', resolve).once('close', resolve)
    })
  }

  leave(): void {
    this.#socket.destroy()
  }

  async until(pattern: RegExp): Promise<string> {
    await eventually(() => expect(this.received).toMatch(pattern))
    return this.received
  }
}

const head = (fields: Readonly<Record<string, string | number>>, path = '/mcp'): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: mcp.example.com',
    `Authorization: Bearer ${good}`,
    'Content-Type: application/json',
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n')

const post = (body: string, path?: string): string =>
  head({ 'Content-Length': Buffer.byteLength(body) }, path) + body

/** Servers whose handler answers with what it finds in the body, and its path. */
type Serve = (resourceServer: ResourceServer, reached: string[]) => Promise<number>

type App = RequestListener & { use(...handlers: readonly unknown[]): void }
const express = { 4: express4 as unknown as () => App, 5: express5 as unknown as () => App }

const serving: Readonly<Record<string, Serve>> = {
  'node:http': async (resourceServer, reached) => {
    const listener = nodeGate(resourceServer, async (request, response) => {
      reached.push(request.url ?? '')
      response.end(`<${request.url} ${await text(request)}>`)
    })
    return listen(createServer(listener))
  },
  ...Object.fromEntries(
    ([4, 5] as const).map((version): [string, Serve] => [
      `Express ${version}, the raw stream`,
      async (resourceServer, reached) => {
        const app = express[version]()
        app.use(expressGate(resourceServer))
        app.use(async (request: IncomingMessage, response: { end(text: string): void }) => {
          reached.push(request.url ?? '')
          response.end(`<${request.url} ${await text(request)}>`)
        })
        return listen(createServer(app))
      },
    ]),
  ),
  'Fastify, its parser': async (resourceServer, reached) => {
    const app = fastify({ bodyLimit: 20 * MAX })
    app.register(fastifyGate, { resourceServer })
    app.post('/*', async (request) => {
      reached.push(request.url)
      return `<${request.url} ${JSON.stringify(request.body)}>`
    })
    await app.ready()
    return listen(app.server as Server)
  },
  'Fastify, the raw stream': async (resourceServer, reached) => {
    const app = fastify()
    app.register(fastifyGate, { resourceServer })
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    app.post('/*', async (request) => {
      reached.push(request.url)
      return `<${request.url} ${await text(request.body as IncomingMessage)}>`
    })
    await app.ready()
    return listen(app.server as Server)
  },
  Hono: async (resourceServer, reached) => {
    const app = new Hono()
    app.use(honoGate(resourceServer))
    app.post('/*', async (c) => {
      reached.push(c.req.path)
      return c.text(`<${c.req.path} ${await c.req.text()}>`)
    })
    return listen(createAdaptorServer({ fetch: app.fetch }) as Server)
  },
}

describe.each(Object.entries(serving))(
  'S1.13: a body that the gate has read, %s',
  (_name, serve) => {
    async function start() {
      const reached: string[] = []
      const decisions = listenToDecisions()
      onTestFinished(() => decisions[Symbol.dispose]())
      const port = await serve(guarded(), reached)
      return { reached, wire: new Wire(port), port, events: decisions.events }
    }
    const found = (body: string, path = '/mcp') => `<${path} ${body}>`

    it('MCP-23: reaches the handler, sent in one piece or in chunks', async () => {
      const { wire, port } = await start()
      await wire.write(post(ADD))
      expect(await wire.until(/>/)).toContain(found(ADD))

      const large = call('add', { text: 'é'.repeat(20_000) })
      const chunked = new Wire(port)
      await chunked.write(head({ 'Transfer-Encoding': 'chunked' }))
      const bytes = Buffer.from(large)
      for (let at = 0; at < bytes.length; at += 9999) {
        const part = bytes.subarray(at, at + 9999)
        await chunked.write(`${part.length.toString(16)}\r\n`)
        // Also in the midst of a character.
        await chunked.write(part)
        await chunked.write('\r\n')
      }
      await chunked.write('0\r\n\r\n')
      expect(await chunked.until(/>/)).toContain(found(large))
    })

    it('MCP-23: the gate waits for a body that arrives byte by byte', async () => {
      const { wire, reached } = await start()
      await wire.write(head({ 'Content-Length': ADD.length }))
      for (const letter of ADD.slice(0, -1)) {
        await wire.write(letter)
        await sleep(1)
      }
      expect(reached).toEqual([])
      expect(wire.received).toBe('')
      await wire.write(ADD.slice(-1))
      expect(await wire.until(/>/)).toContain(found(ADD))
    })

    it('MCP-23: is sent after 100 Continue', async () => {
      const { wire } = await start()
      await wire.write(head({ 'Content-Length': ADD.length, Expect: '100-continue' }))
      expect(await wire.until(/\r\n\r\n/)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
      await wire.write(ADD)
      expect(await wire.until(/>/)).toContain(found(ADD))
    })

    it('MCP-23: pipelined requests keep their own bodies', async () => {
      const { wire, reached } = await start()
      const bodies = ['/1', '/2', '/3', '/4'].map((path) => [path, call('add', { path })] as const)
      await wire.write(bodies.map(([path, body]) => post(body, path)).join(''))
      await wire.until(/<\/4 [^>]*>/)
      for (const [path, body] of bodies) expect(wire.received).toContain(found(body, path))
      // Each answer in its turn.
      expect(wire.received.match(/<\/\d/g)).toEqual(['</1', '</2', '</3', '</4'])
      expect(reached.toSorted()).toEqual(['/1', '/2', '/3', '/4'])
    })

    it('MCP-23: after a refused body the next request on the connection is answered', async () => {
      const { wire, reached } = await start()
      await wire.write(post(ERASE, '/1') + post('[]', '/2') + post(ADD, '/3'))
      await wire.until(/<\/3 /)
      expect(wire.received.match(/HTTP\/1\.1 \d+/g)).toEqual([
        'HTTP/1.1 403',
        'HTTP/1.1 400',
        'HTTP/1.1 200',
      ])
      expect(reached).toEqual(['/3'])
    })

    it('MCP-23: nothing of a refused body is taken for a request', async () => {
      const { wire, reached } = await start()
      const inside = post(ADD, '/smuggled')
      await wire.write(post(inside, '/1') + post(ADD, '/2'))
      await wire.until(/<\/2 /)
      expect(reached).toEqual(['/2'])
    })

    it('S1.13: a caller that disconnects while it sends is recorded as request_aborted', async () => {
      const { wire, port, reached, events } = await start()
      await wire.write(head({ 'Content-Length': ADD.length }) + ADD.slice(0, 10))
      await sleep(50)
      wire.leave()
      await eventually(() => expect(events).toHaveLength(1))
      expect(events.map(({ outcome, reason }) => [outcome, reason])).toEqual([
        ['unavailable', 'request_aborted'],
      ])
      const next = new Wire(port)
      await next.write(post(ADD))
      await next.until(/>/)
      expect(reached).toEqual(['/mcp'])
    })
  },
)

/** The handler tells what it found, and in which shape. */
const tell = async (
  request: IncomingMessage & { body?: unknown },
  response: { end(text: string): void },
) => {
  const { body } = request
  const raw = Buffer.isBuffer(body) ? body.toString() : JSON.stringify(body)
  response.end(body === undefined ? `stream ${await text(request)}` : `parsed ${raw}`)
}

describe.each([
  ['Express 4', express4],
  ['Express 5', express5],
])('%s and its parsers', (_version, framework) => {
  type Kind = 'json' | 'raw' | 'text' | 'urlencoded'
  const parser = (kind: Kind, type = 'application/json') =>
    (framework as unknown as Record<Kind, (options: object) => unknown>)[kind]({
      type,
      extended: true,
    })

  async function serve(...handlers: readonly unknown[]) {
    const app = (framework as unknown as () => App)()
    for (const handler of handlers) app.use(handler)
    app.use(tell)
    const port = await listen(createServer(app))
    return async (body: string, type = 'application/json') => {
      const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
        method: 'POST',
        headers: { authorization: `Bearer ${good}`, 'content-type': type },
        body,
      })
      return [response.status, await response.text()]
    }
  }

  it.each([
    ['json', `parsed ${ADD}`],
    ['raw', `parsed ${ADD}`],
    ['text', `parsed ${JSON.stringify(ADD)}`],
  ] as const)('MCP-23: express.%s before the gate or behind it', async (kind, wanted) => {
    for (const order of ['before', 'behind', 'between two'] as const) {
      const resourceServer = guarded()
      const gate = expressGate(resourceServer)
      const ask = await serve(
        ...{
          before: [parser(kind), gate],
          behind: [gate, parser(kind)],
          'between two': [gate, parser(kind), expressGuard(resourceServer)],
        }[order],
      )
      expect(await ask(ADD), order).toEqual([200, wanted])
      expect((await ask(ERASE))[0], order).toBe(403)
      expect((await ask(`[${ADD},${ERASE}]`))[0], order).toBe(403)
    }
  })

  it('MCP-23: two guards, and the body is still there', async () => {
    const resourceServer = guarded()
    const ask = await serve(expressGate(resourceServer), expressGuard(resourceServer))
    expect(await ask(ADD)).toEqual([200, `stream ${ADD}`])
    expect((await ask(ERASE))[0]).toBe(403)
  })

  it('MCP-23: the gate checks a parsed form; an unparsed form is refused with 415', async () => {
    const form = 'application/x-www-form-urlencoded'
    const fields = (name: string) => `jsonrpc=2.0&id=1&method=tools/call&params[name]=${name}`
    const gate = expressGate(guarded())
    const before = await serve(parser('urlencoded', form), gate)
    expect((await before(fields('erase'), form))[0]).toBe(403)
    // Not parsed before it, it is no JSON.
    const behind = await serve(gate, parser('urlencoded', form))
    expect((await behind(fields('add'), form))[0]).toBe(415)
  })

  it('MCP-23: a body that the parser skipped is not let through unchecked', async () => {
    const ask = await serve(parser('json', 'application/other'), expressGate(guarded()))
    const [status, seen] = await ask(ERASE)
    expect(status).not.toBe(200)
    expect(seen).not.toContain('stream')
  })

  it('MCP-23: a body that middleware has consumed is refused with 503', async () => {
    const take = async (request: IncomingMessage, _response: unknown, next: () => void) => {
      await text(request)
      next()
    }
    const ask = await serve(take, expressGate(guarded()))
    expect((await ask(ADD))[0]).toBe(503)
  })
})
