/** Bodies that are empty, that a parser took first, or that come with a method that has none. */
import { createServer, type RequestListener, type Server } from 'node:http'
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2Server,
} from 'node:http2'
import { connect } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import express5 from 'express'
import express4 from 'express4'
import fastify, { type FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { expressGate } from '../../../src/adapters/express.ts'
import { fastifyGate, fastifyGuard } from '../../../src/adapters/fastify.ts'
import { honoGate } from '../../../src/adapters/hono.ts'
import { nodeGate } from '../../../src/adapters/node.ts'
import { listenDuringTest } from '../../support/loopback.ts'
import { toolCall } from '../../support/mcp-messages.ts'
import { signToken, testResourceServer } from '../../support/tokens.ts'

const token = await signToken()
const guarded = () => testResourceServer({ policy: { default: 'allow' } })
const CALL = JSON.stringify(toolCall('a'))

const portOf = async (server: Server | Http2Server) => (await listenDuringTest(server)).port
const listen = (listener: RequestListener) => portOf(createServer(listener))

async function ready(app: FastifyInstance): Promise<number> {
  await app.ready()
  return portOf(app.server as Server)
}

/** One request, byte by byte; gives the status. */
async function send(port: number, method: string, fields: string, body: string): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  const head = `${method} /mcp HTTP/1.1\r\nHost: mcp.example.com\r\nAuthorization: Bearer ${token}\r\n`
  socket.write(`${head}Connection: close\r\n${fields}\r\n${body}`)
  let received = ''
  for await (const chunk of socket) received += chunk
  return Number(received.split(' ')[1])
}

const LENGTH_0 = 'Content-Length: 0\r\n'
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const JSON_TYPE = 'Content-Type: application/json\r\n'
const bodies: readonly (readonly [string, string, string])[] = [
  ['of length 0', JSON_TYPE + LENGTH_0, ''],
  ['of no chunks', JSON_TYPE + CHUNKED, '0\r\n\r\n'],
  ['that is not told', JSON_TYPE, ''],
  ['without a type', LENGTH_0, ''],
  ['of blanks', `${JSON_TYPE}Content-Length: 2\r\n`, '  '],
  ['of null', `${JSON_TYPE}Content-Length: 4\r\n`, 'null'],
  ['of an empty object', `${JSON_TYPE}Content-Length: 2\r\n`, '{}'],
  ['of an empty list', `${JSON_TYPE}Content-Length: 2\r\n`, '[]'],
  ['of an empty text', `${JSON_TYPE}Content-Length: 2\r\n`, '""'],
  ['of false', `${JSON_TYPE}Content-Length: 5\r\n`, 'false'],
]

type App = RequestListener & { use(...handlers: readonly unknown[]): void }
type Parser = (options: object) => unknown
const answered = (_request: unknown, response: { end(): void }) => response.end()

/** Each framework with each of its parsers before the gate. */
const parsing: Record<string, () => Promise<number> | number> = {}
for (const [version, framework] of [
  ['4', express4],
  ['5', express5],
] as const) {
  for (const kind of ['json', 'raw', 'text', 'urlencoded'] as const) {
    for (const type of ['application/json', '*/*', 'any']) {
      parsing[`Express ${version}, express.${kind} for ${type}`] = () => {
        const app = (framework as unknown as () => App)()
        const parser = (framework as unknown as Record<string, Parser>)[kind]
        const accepts = type === 'any' ? () => true : type
        app.use(parser?.({ type: accepts, strict: false, extended: true }))
        app.use(expressGate(guarded()), answered)
        // What a parser throws is its own answer, and not to be printed here.
        app.use(
          (
            error: { status?: number },
            _q: unknown,
            response: { writeHead(status: number): { end(): void } },
            _next: unknown,
          ) => {
            response.writeHead(error.status ?? 500).end()
          },
        )
        return listen(app)
      }
    }
  }
}
for (const hook of ['onRequest', 'preValidation', 'preHandler'] as const) {
  parsing[`Fastify, ${hook}`] = async () => {
    const app = fastify()
    const guard = fastifyGuard(guarded())
    app.post('/mcp', { [hook]: guard }, async () => 'fine')
    return ready(app)
  }
}
for (const method of ['none', 'json', 'text', 'arrayBuffer', 'parseBody'] as const) {
  parsing[`Hono, ${method}`] = () => {
    const app = new Hono()
    app.use(async (context, next) => {
      const read = method === 'none' ? undefined : context.req[method]
      await (read as undefined | (() => Promise<unknown>))?.call(context.req).catch(() => {})
      await next()
    })
    app.use(honoGate(guarded()))
    app.all('/mcp', (context) => context.text('fine'))
    return portOf(createAdaptorServer({ fetch: app.fetch }) as Server)
  }
}

describe('a body without a message is refused with 400, whatever parsed it first', () => {
  it.each(Object.entries(parsing))('S1.13: 400, never 5xx: %s', async (_name, start) => {
    const port = await start()
    const statuses: [string, number][] = []
    for (const [what, fields, body] of bodies) {
      statuses.push([what, await send(port, 'POST', fields, body)])
    }
    // 415: what has no type is no JSON, empty or not.
    expect(statuses.filter(([, status]) => status !== 400 && status !== 415)).toEqual([])
    expect(statuses.slice(0, 3).map(([, status]) => status)).toEqual([400, 400, 400])
  })
})

const gates: Readonly<Record<string, (reached: () => void) => Promise<number>>> = {
  'node:http': (reached) =>
    listen(
      nodeGate(guarded(), (_request, response) => {
        reached()
        response.end()
      }),
    ),
  Express: (reached) => {
    const app = (express5 as unknown as () => App)()
    app.use((express5 as unknown as { json: Parser }).json({}))
    app.use(expressGate(guarded()), (_request: unknown, response: { end(): void }) => {
      reached()
      response.end()
    })
    return listen(app)
  },
  Fastify: async (reached) => {
    const app = fastify()
    app.register(fastifyGate, { resourceServer: guarded() })
    app.all('/mcp', async () => {
      reached()
      return ''
    })
    return ready(app)
  },
  Hono: (reached) => {
    const app = new Hono()
    app.use(honoGate(guarded()))
    app.all('/mcp', (context) => {
      reached()
      return context.text('')
    })
    return portOf(createAdaptorServer({ fetch: app.fetch }) as Server)
  },
}

describe('a body on GET, DELETE, HEAD and OPTIONS', () => {
  it.each(Object.entries(gates))(
    'S1.6: is refused with 400, because the gate does not check it: %s',
    async (_name, start) => {
      let reached = 0
      const port = await start(() => {
        reached += 1
      })
      for (const method of ['GET', 'DELETE', 'HEAD', 'OPTIONS']) {
        const length = `${JSON_TYPE}Content-Length: ${CALL.length}\r\n`
        expect([method, await send(port, method, length, CALL)]).toEqual([method, 400])
        const chunks = `${CALL.length.toString(16)}\r\n${CALL}\r\n0\r\n\r\n`
        expect([method, await send(port, method, JSON_TYPE + CHUNKED, chunks)]).toEqual([
          method,
          400,
        ])
      }
      expect(reached).toBe(0)
      for (const method of ['GET', 'DELETE']) {
        expect(await send(port, method, '', '')).toBe(200)
        expect(await send(port, method, LENGTH_0, '')).toBe(200)
      }
      expect(reached).toBe(4)
    },
  )

  it('S1.6: is refused in HTTP/2, where no header announces it', async () => {
    let reached = 0
    const server = createHttp2Server(
      nodeGate(guarded(), (_request, response) => {
        reached += 1
        response.end()
      }) as never,
    )
    const { origin } = await listenDuringTest(server)
    const client = connectHttp2(origin)
    onTestFinished(() => client.destroy())
    const status = async (method: string, body: string | undefined) => {
      const headers = { ':method': method, ':path': '/mcp', authorization: `Bearer ${token}` }
      const stream = client.request(headers, { endStream: body === undefined })
      if (body !== undefined) stream.end(body)
      const told = new Promise((resolve) =>
        stream.on('response', (answer) => resolve(answer[':status'])),
      )
      stream.resume()
      return told
    }
    expect(await status('DELETE', CALL)).toBe(400)
    expect(await status('GET', CALL)).toBe(400)
    expect(reached).toBe(0)
    expect(await status('DELETE', undefined)).toBe(200)
  })
})
