/**
 * One small MCP server, made with both majors of the MCP SDK and put behind the gate in every way
 * that a stock client meets: the clients of `stock-clients.ts` call it.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { toNodeHandler, toWebRequest } from '@modelcontextprotocol/node'
import {
  McpServer as McpServerV1,
  ResourceTemplate as ResourceTemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { EmptyResultSchema, isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import {
  createMcpHandler,
  isLegacyRequest,
  McpServer as McpServerV2,
  ResourceTemplate as ResourceTemplateV2,
} from '@modelcontextprotocol/server'
import express, { type RequestHandler } from 'express'
import { expressGate } from '../../src/adapters/express.ts'
import { fetchGate } from '../../src/adapters/fetch.ts'
import { mcpGate, protectServer } from '../../src/adapters/mcp-server.ts'
import {
  createResourceServer,
  type PolicyOptions,
  type ResourceServer,
  type ResourceServerOptions,
} from '../../src/index.ts'
import { answerAtEndpoint } from './adapter.ts'
import type { AuthorizationServer } from './issuers/authorization-server.ts'
import { listenOnLoopback } from './loopback.ts'
import { PATIENT_HTTP } from './patient-http.ts'

/** Needed by every request. */
export const READ = 'notes:read'
/** Needed by some operations beside it. */
export const WRITE = 'notes:write'

/** `default` is "deny", so what is not here is for nobody; `burn_notes` is not. */
export const POLICY: PolicyOptions = {
  tools: {
    read_notes: 'allow',
    write_note: { scopes: [WRITE] },
    erase_notes: { roles: ['steward'] },
  },
  resources: {
    'notes://all': 'allow',
    'notes://drafts': { scopes: [WRITE] },
    'notes://drafts/{id}': { scopes: [WRITE] },
  },
  prompts: { sum_up: 'allow', draft_reply: { scopes: [WRITE] } },
}

const TOOLS: Tools = ['read_notes', 'write_note', 'erase_notes', 'burn_notes']
type Tools = readonly string[]
const RESOURCES = ['notes://all', 'notes://drafts']
const TEMPLATE = 'notes://drafts/{id}'
const PROMPTS = ['sum_up', 'draft_reply']
const ABOUT = { name: 'notes', version: '1.0.0' }

interface CallerInfo {
  readonly clientId: string
  readonly scopes: string[]
}

function answer(caller: CallerInfo | undefined) {
  const { clientId, scopes } = caller ?? {}
  return {
    content: [{ type: 'text' as const, text: `Asked by ${clientId}` }],
    structuredContent: { clientId, scopes },
  }
}

const contents = (uri: URL) => ({ contents: [{ uri: uri.href, text: uri.href }] })
const message = (text: string) => ({
  messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
})

/** By SDK v1. */
export function notesV1(resourceServer: ResourceServer, tools = TOOLS): McpServerV1 {
  const server = protectServer(resourceServer, new McpServerV1(ABOUT))
  for (const name of tools) {
    server.registerTool(name, { description: name }, ({ authInfo }) => answer(authInfo))
  }
  // Nobody may call it unless a test's policy says so.
  server.registerTool('ping_caller', {}, async ({ sendRequest, authInfo }) => {
    await sendRequest({ method: 'ping' }, EmptyResultSchema)
    return answer(authInfo)
  })
  for (const uri of RESOURCES) server.registerResource(uri, uri, {}, contents)
  const template = new ResourceTemplateV1(TEMPLATE, { list: undefined })
  server.registerResource('draft', template, {}, contents)
  for (const name of PROMPTS) server.registerPrompt(name, {}, () => message(name))
  return server
}

/** By SDK v2. */
export function notesV2(
  resourceServer: ResourceServer,
  tools = TOOLS,
  options: ConstructorParameters<typeof McpServerV2>[1] = {},
): McpServerV2 {
  const server = protectServer(resourceServer, new McpServerV2(ABOUT, options))
  for (const name of tools) {
    server.registerTool(name, { description: name }, ({ http }) => answer(http?.authInfo))
  }
  for (const uri of RESOURCES) server.registerResource(uri, uri, {}, contents)
  const template = new ResourceTemplateV2(TEMPLATE, { list: undefined })
  server.registerResource('draft', template, {}, contents)
  for (const name of PROMPTS) server.registerPrompt(name, {}, () => message(name))
  return server
}

/** A transport for each request, as SDK v1 has it without sessions. */
const statelessV1 = (resourceServer: ResourceServer, tools: Tools): RequestHandler => {
  return async (request, response) => {
    const transport = new StreamableHTTPServerTransport()
    response.on('close', () => void transport.close())
    await notesV1(resourceServer, tools).connect(transport as Connectable)
    await transport.handleRequest(request, response, request.body)
  }
}

/** A transport for each session, as SDK v1 has it with them. */
export const sessionfulV1 = (resourceServer: ResourceServer, tools = TOOLS): RequestHandler => {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  return async (request, response) => {
    const id = request.headers['mcp-session-id']
    let transport = typeof id === 'string' ? sessions.get(id) : undefined
    if (transport === undefined) {
      if (id !== undefined) return void response.status(404).end()
      if (!isInitializeRequest(request.body)) return void response.status(400).end()
      const opened = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (sessionId) => void sessions.set(sessionId, opened),
        onsessionclosed: (sessionId) => void sessions.delete(sessionId),
      })
      await notesV1(resourceServer, tools).connect(opened as Connectable)
      transport = opened
    }
    await transport.handleRequest(request, response, request.body)
  }
}

/** With `exactOptionalPropertyTypes` the SDK's transport is none by its own types. */
type Connectable = Parameters<McpServerV1['connect']>[0]

const modernV2 = (resourceServer: ResourceServer, tools: Tools, legacy?: 'reject') =>
  createMcpHandler(() => notesV2(resourceServer, tools), legacy && { legacy })

/** Each a whole server, the gate included. */
export const SERVERS = {
  'SDK v1 on Express': (resourceServer: ResourceServer, tools: Tools): RequestListener => {
    const app = express().use(expressGate(resourceServer))
    app.post('/mcp', express.json(), statelessV1(resourceServer, tools))
    app.all('/mcp', (_request, response) => void response.status(405).end())
    return app
  },
  'SDK v2 behind fetchGate': (resourceServer: ResourceServer, tools: Tools): RequestListener => {
    const { fetch: handle } = modernV2(resourceServer, tools)
    return getRequestListener(
      fetchGate(resourceServer, (request, { authInfo, parsedBody }) =>
        handle(request, { authInfo, parsedBody }),
      ),
    )
  },
  'SDK v2 behind mcpGate': (resourceServer: ResourceServer, tools: Tools): RequestListener => {
    const gate = mcpGate(resourceServer)
    const { fetch: handle } = modernV2(resourceServer, tools)
    return getRequestListener(async (request) => {
      const document = await answerAtEndpoint(resourceServer, request)
      if (document) return new Response(document.body ?? null, document)
      const authInfo = await gate(request)
      return authInfo instanceof Response ? authInfo : handle(request, { authInfo })
    })
  },
  'SDK v2 on Express': (resourceServer: ResourceServer, tools: Tools): RequestListener => {
    const app = express().use(expressGate(resourceServer))
    return app.all('/mcp', toNodeHandler(modernV2(resourceServer, tools)))
  },
  'sessions of SDK v1 beside SDK v2': (
    resourceServer: ResourceServer,
    tools: Tools,
  ): RequestListener => {
    const legacy = sessionfulV1(resourceServer, tools)
    const modern = toNodeHandler(modernV2(resourceServer, tools, 'reject'))
    const app = express().use(expressGate(resourceServer))
    return app.all('/mcp', express.json(), async (request, response, next) => {
      const isLegacy = await isLegacyRequest(await toWebRequest(request, request.body))
      if (isLegacy) await legacy(request, response, next)
      else await modern(request, response, request.body)
    })
  },
} as const

export type ServerName = keyof typeof SERVERS

export interface RunningServer {
  readonly resource: string
  readonly resourceServer: ResourceServer
  close(): Promise<void>
}

/** Starts one of them on loopback; the authorization server is told of it. */
export async function startStockServer(
  name: ServerName,
  authorizationServer: AuthorizationServer,
  options: Partial<ResourceServerOptions> = {},
  moreTools: Tools = [],
): Promise<RunningServer> {
  const { listener, resource, close } = await listen()
  authorizationServer.register({ resource, scopes: [READ, WRITE], format: 'jwt' })
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: authorizationServer.issuer,
    requiredScopes: [READ],
    policy: POLICY,
    http: PATIENT_HTTP,
    ...options,
  })
  listener(SERVERS[name](resourceServer, [...TOOLS, ...moreTools]))
  return {
    resource,
    resourceServer,
    async close() {
      await close()
      await resourceServer.close()
    },
  }
}

/** Listens first. What answers is set once the address is known. */
export async function listen() {
  const server = createServer()
  const { origin, close } = await listenOnLoopback(server)
  const listener = (answer: RequestListener) => void server.on('request', answer)
  return { resource: `${origin}/mcp`, listener, close }
}
