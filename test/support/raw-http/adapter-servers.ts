/** One guarded server for each adapter, on a real socket. Each of them remembers what its handler was called with. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import express, { type ErrorRequestHandler } from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import { expressGate, verifiedToken } from '../../../src/adapters/express.ts'
import { fastifyGate } from '../../../src/adapters/fastify.ts'
import { honoGate, type ResourceServerEnv } from '../../../src/adapters/hono.ts'
import { nodeGate } from '../../../src/adapters/node.ts'
import type { PolicyOptions, ResourceServer, VerifiedToken } from '../../../src/index.ts'
import { listenOnLoopback } from '../loopback.ts'
import { testResourceServer } from '../tokens.ts'

export const ADAPTERS = ['node:http', 'Express 5', 'Express 4', 'Fastify', 'Hono'] as const
export type AdapterName = (typeof ADAPTERS)[number]

/** One call of a handler behind the gate. */
export interface HandlerCall {
  readonly adapter: AdapterName
  readonly method: string
  /** The lines of the header, as Node has received them. */
  readonly rawHeaders: readonly string[]
  readonly subject: string | undefined
  /** `undefined` if the body did not arrive completely. */
  readonly body: Buffer | undefined
}

export interface AdapterServers {
  readonly ports: ReadonlyMap<AdapterName, number>
  /** The calls since the last look. */
  takeCalls(): readonly HandlerCall[]
  close(): Promise<void>
}

type Report = (
  incoming: IncomingMessage,
  token: VerifiedToken | undefined,
  body: Buffer | undefined,
) => void

/** Each is a whole server. Its handler answers 200 to every request that reaches it. */
const SERVERS: Readonly<
  Record<AdapterName, (resourceServer: ResourceServer, report: Report) => Server | Promise<Server>>
> = {
  'node:http': (resourceServer, report) =>
    createServer(
      nodeGate(resourceServer, async (request, response, { token }) => {
        report(request, token, await bodyOf(request))
        response.end('{}')
      }),
    ),
  'Express 5': (resourceServer, report) => onExpress(express(), resourceServer, report),
  'Express 4': (resourceServer, report) =>
    onExpress(express4() as unknown as express.Express, resourceServer, report),
  async Fastify(resourceServer, report) {
    const app = fastify()
    app.register(fastifyGate, { resourceServer })
    // The handler gets the bytes of every body, as it does behind the other adapters.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    app.all('*', async ({ raw, verifiedToken, body }) => {
      report(raw, verifiedToken, body === undefined ? await bodyOf(raw) : (body as Buffer))
      return '{}'
    })
    await app.ready()
    return app.server
  },
  Hono(resourceServer, report) {
    const app = new Hono<ResourceServerEnv & { Bindings: { incoming: IncomingMessage } }>()
    app.use(honoGate(resourceServer))
    app.all('*', async (c) => {
      const body = await c.req.arrayBuffer().catch(() => undefined)
      report(c.env.incoming, c.get('verifiedToken'), body && Buffer.from(body))
      return c.text('{}')
    })
    return createAdaptorServer({ fetch: app.fetch }) as Server
  },
}

function onExpress(app: express.Express, resourceServer: ResourceServer, report: Report): Server {
  const failed: ErrorRequestHandler = (error, _request, response, _next) =>
    void response.status(Number(error.status ?? 500)).end()
  app.use(expressGate(resourceServer))
  app.use(async (request, response) => {
    report(request, verifiedToken(request), await bodyOf(request))
    response.end('{}')
  })
  return createServer(app.use(failed))
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch {
    return undefined
  }
}

/**
 * Starts all servers.
 *
 * @param idOf makes the correlation ids of an adapter's decisions
 */
export async function startAdapterServers(
  policy: PolicyOptions,
  idOf: (adapter: AdapterName) => string,
): Promise<AdapterServers> {
  const calls: HandlerCall[] = []
  const closings: (() => Promise<void>)[] = []
  const ports = new Map<AdapterName, number>()
  for (const adapter of ADAPTERS) {
    const resourceServer = testResourceServer({ policy, correlationId: () => idOf(adapter) })
    const server = await SERVERS[adapter](resourceServer, (incoming, token, body) => {
      const { method = '', rawHeaders } = incoming
      calls.push({ adapter, method, rawHeaders, subject: token?.subject, body })
    })
    // A client that has sent everything closes its half of the connection. So an incomplete request ends at once,
    // and no test needs a clock. By default, Node would then drop the answer too.
    Object.assign(server, { httpAllowHalfOpen: true })
    const { port, close } = await listenOnLoopback(server)
    ports.set(adapter, port)
    closings.push(async () => {
      await close()
      await resourceServer.close()
    })
  }
  return {
    ports,
    takeCalls: () => calls.splice(0),
    async close() {
      for (const close of closings) await close()
    },
  }
}
