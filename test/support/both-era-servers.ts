/**
 * One MCP server of SDK v2 behind the gate of each framework. It keeps a session for each client of
 * 2025-11-25, streams included, and none for clients of 2026-07-28.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import {
  type NodeIncomingMessageLike,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
} from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { expressGate } from '../../src/adapters/express.ts'
import { fastifyGate } from '../../src/adapters/fastify.ts'
import { type Authenticated, fetchGate } from '../../src/adapters/fetch.ts'
import { honoGate, type ResourceServerEnv } from '../../src/adapters/hono.ts'
import { nodeGate } from '../../src/adapters/node.ts'
import {
  createResourceServer,
  type ResourceServer,
  type ResourceServerOptions,
} from '../../src/index.ts'
import type { AuthorizationServer } from './issuers/authorization-server.ts'
import { listen, notesV2, POLICY, READ, WRITE } from './stock-servers.ts'

/** Called with the `User-Agent` of each request that passes the gate. */
type Reached = (userAgent: string) => void

const FRAMEWORKS = {
  Express: (resourceServer, reached) => {
    const mcp = nodeHandler(resourceServer, reached)
    const app = express().use(expressGate(resourceServer))
    return app.all('/mcp', express.json(), (request, response) =>
      mcp(request, response, request.body),
    )
  },
  Fastify: (resourceServer, reached) => {
    const mcp = nodeHandler(resourceServer, reached)
    const app = fastify()
    app.register(fastifyGate, { resourceServer })
    app.all('/mcp', async (request, reply) => {
      reply.hijack()
      await mcp(request.raw, reply.raw, request.body)
    })
    return (request, response) => void app.ready(() => app.routing(request, response))
  },
  Hono: (resourceServer, reached) => {
    const mcp = webHandler(resourceServer, reached)
    const app = new Hono<ResourceServerEnv>()
    app.use(honoGate(resourceServer))
    app.all('/mcp', (c) =>
      mcp(c.req.raw, { authInfo: c.get('authInfo'), parsedBody: c.get('parsedBody') }),
    )
    return getRequestListener(app.fetch)
  },
  fetch: (resourceServer, reached) =>
    getRequestListener(fetchGate(resourceServer, webHandler(resourceServer, reached))),
  'node:http': (resourceServer, reached) => {
    const mcp = nodeHandler(resourceServer, reached)
    const guarded = nodeGate(resourceServer, (request, response, { parsedBody }) =>
      mcp(request, response, parsedBody),
    )
    return (request, response) => void guarded(request, response)
  },
} as const satisfies Record<
  string,
  (resourceServer: ResourceServer, reached: Reached) => RequestListener
>

export type FrameworkName = keyof typeof FRAMEWORKS

/** Those that the package has a gate for. */
export const FRAMEWORK_NAMES = Object.keys(FRAMEWORKS) as readonly FrameworkName[]

export interface BothEraServer {
  readonly resource: string
  /** The `User-Agent` of each request that passed the gate. */
  readonly reached: readonly string[]
  close(): Promise<void>
}

/** Starts one of them on loopback; the authorization server is told of it. */
export async function startBothEraServer(
  framework: FrameworkName,
  authorizationServer: AuthorizationServer,
  options: Partial<ResourceServerOptions> = {},
  format: 'jwt' | 'opaque' = 'jwt',
): Promise<BothEraServer> {
  const { listener, resource, close } = await listen()
  authorizationServer.register({ resource, scopes: [READ, WRITE], format })
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: authorizationServer.issuer,
    requiredScopes: [READ],
    policy: POLICY,
    ...options,
  })
  const reached: string[] = []
  listener(FRAMEWORKS[framework](resourceServer, (userAgent) => void reached.push(userAgent)))
  return {
    resource,
    reached,
    async close() {
      await close()
      await resourceServer.close()
    },
  }
}

function nodeHandler(resourceServer: ResourceServer, reached: Reached) {
  const modern = toNodeHandler(
    createMcpHandler(() => notesV2(resourceServer), { legacy: 'reject' }),
  )
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>()
  return async (request: IncomingMessage, response: ServerResponse, body: unknown) => {
    reached(request.headers['user-agent'] ?? '')
    const incoming = request as NodeIncomingMessageLike
    if (!(await isLegacyRequest(await toWebRequest(incoming, body)))) {
      return modern(incoming, response, body)
    }
    const known = sessions.get(String(request.headers['mcp-session-id']))
    const transport: NodeStreamableHTTPServerTransport =
      known ??
      new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, transport),
        onsessionclosed: (id) => void sessions.delete(id),
      })
    if (known === undefined) await notesV2(resourceServer).connect(transport)
    await transport.handleRequest(request, response, body)
  }
}

function webHandler(resourceServer: ResourceServer, reached: Reached) {
  const modern = createMcpHandler(() => notesV2(resourceServer), { legacy: 'reject' })
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()
  return async (
    request: Request,
    { authInfo, parsedBody }: Pick<Authenticated, 'authInfo' | 'parsedBody'>,
  ): Promise<Response> => {
    reached(request.headers.get('user-agent') ?? '')
    if (!(await isLegacyRequest(request, parsedBody))) {
      return modern.fetch(request, { authInfo, parsedBody })
    }
    const known = sessions.get(request.headers.get('mcp-session-id') ?? '')
    const transport: WebStandardStreamableHTTPServerTransport =
      known ??
      new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, transport),
        onsessionclosed: (id) => void sessions.delete(id),
      })
    if (known === undefined) await notesV2(resourceServer).connect(transport)
    return transport.handleRequest(request, { authInfo, parsedBody })
  }
}
