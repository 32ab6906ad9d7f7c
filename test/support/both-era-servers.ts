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
  type McpServer,
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
import { PATIENT_HTTP } from './patient-http.ts'
import { listen, notesV2, POLICY, READ, WRITE } from './stock-servers.ts'

/** What happens behind the gate. */
interface Behind {
  /** Called with the `User-Agent` of each request that passes the gate. */
  reached(userAgent: string): void
  /** Called with the MCP server of each session. */
  opened(session: McpServer): void
}

const FRAMEWORKS = {
  Express: (resourceServer, behind) => {
    const mcp = nodeHandler(resourceServer, behind)
    const app = express().use(expressGate(resourceServer))
    return app.all('/mcp', express.json(), (request, response) =>
      mcp(request, response, request.body),
    )
  },
  Fastify: (resourceServer, behind) => {
    const mcp = nodeHandler(resourceServer, behind)
    const app = fastify()
    app.register(fastifyGate, { resourceServer })
    app.all('/mcp', async (request, reply) => {
      reply.hijack()
      await mcp(request.raw, reply.raw, request.body)
    })
    return (request, response) => void app.ready(() => app.routing(request, response))
  },
  Hono: (resourceServer, behind) => {
    const mcp = webHandler(resourceServer, behind)
    const app = new Hono<ResourceServerEnv>()
    app.use(honoGate(resourceServer))
    app.all('/mcp', (c) =>
      mcp(c.req.raw, { authInfo: c.get('authInfo'), parsedBody: c.get('parsedBody') }),
    )
    return getRequestListener(app.fetch)
  },
  fetch: (resourceServer, behind) =>
    getRequestListener(fetchGate(resourceServer, webHandler(resourceServer, behind))),
  'node:http': (resourceServer, behind) => {
    const mcp = nodeHandler(resourceServer, behind)
    const guarded = nodeGate(resourceServer, (request, response, { parsedBody }) =>
      mcp(request, response, parsedBody),
    )
    return (request, response) => void guarded(request, response)
  },
} as const satisfies Record<
  string,
  (resourceServer: ResourceServer, behind: Behind) => RequestListener
>

export type FrameworkName = keyof typeof FRAMEWORKS

/** Those that the package has a gate for. */
export const FRAMEWORK_NAMES = Object.keys(FRAMEWORKS) as readonly FrameworkName[]

export interface BothEraServer {
  readonly resource: string
  /** The `User-Agent` of each request that passed the gate. */
  readonly reached: readonly string[]
  /** Tells the client of the latest session that the list of tools has changed. */
  announce(): void
  close(): Promise<void>
}

/** Starts one of them on loopback; the authorization server is told of it. */
export async function startBothEraServer(
  framework: FrameworkName,
  authorizationServer: Pick<AuthorizationServer, 'issuer' | 'register'>,
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
    http: PATIENT_HTTP,
    ...options,
  })
  const reached: string[] = []
  const sessions: McpServer[] = []
  const behind: Behind = {
    reached: (userAgent) => void reached.push(userAgent),
    opened: (session) => void sessions.push(session),
  }
  listener(FRAMEWORKS[framework](resourceServer, behind))
  return {
    resource,
    reached,
    announce: () => sessions.at(-1)?.sendToolListChanged(),
    async close() {
      await close()
      await resourceServer.close()
    },
  }
}

function nodeHandler(resourceServer: ResourceServer, behind: Behind) {
  const modern = toNodeHandler(
    createMcpHandler(() => notesV2(resourceServer), { legacy: 'reject' }),
  )
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>()
  return async (request: IncomingMessage, response: ServerResponse, body: unknown) => {
    behind.reached(request.headers['user-agent'] ?? '')
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
    if (known === undefined) {
      const session = notesV2(resourceServer)
      behind.opened(session)
      await session.connect(transport)
    }
    await transport.handleRequest(request, response, body)
  }
}

function webHandler(resourceServer: ResourceServer, behind: Behind) {
  const modern = createMcpHandler(() => notesV2(resourceServer), { legacy: 'reject' })
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()
  return async (
    request: Request,
    { authInfo, parsedBody }: Pick<Authenticated, 'authInfo' | 'parsedBody'>,
  ): Promise<Response> => {
    behind.reached(request.headers.get('user-agent') ?? '')
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
    if (known === undefined) {
      const session = notesV2(resourceServer)
      behind.opened(session)
      await session.connect(transport)
    }
    return transport.handleRequest(request, { authInfo, parsedBody })
  }
}
