/**
 * A gate that stands in the wrong place, in front of stock servers of both SDK majors: what
 * `protectServer` makes of it.
 */
import { toNodeHandler } from '@modelcontextprotocol/node'
import {
  McpServer as McpServerV1,
  ResourceTemplate as ResourceTemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import {
  RequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import {
  createMcpHandler,
  McpServer as McpServerV2,
  ResourceTemplate as ResourceTemplateV2,
} from '@modelcontextprotocol/server'
import express, { type RequestHandler } from 'express'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { expressGate } from '../../src/adapters/express.ts'
import { protectServer } from '../../src/adapters/protected-server.ts'
import type { ResourceServer } from '../../src/index.ts'
import { eventually } from '../support/decisions.ts'
import { listenToDecisions } from '../support/events.ts'
import { listen } from '../support/stock-servers.ts'
import { signToken, testResourceServer } from '../support/tokens.ts'
import { undoAfterAll } from '../support/undo.ts'

const OPERATIONS = {
  tools: { act: 'allow' },
  resources: { 'docs:///a': 'allow', 'docs:///{page}': 'allow' },
  prompts: { greet: 'allow' },
  methods: { 'acme/custom': 'allow', 'notifications/acme': 'allow' },
} as const

const about = { name: 'late', version: '1.0.0' }
const capabilities = {
  tools: {},
  prompts: {},
  resources: { subscribe: true },
  completions: {},
  logging: {},
}

/** Handlers that ran. */
const ran: string[] = []
const stop = undoAfterAll()
beforeEach(() => {
  ran.length = 0
})

afterEach(() => {
  vi.restoreAllMocks()
})

const content = () => {
  ran.push('tool')
  return { content: [] }
}
const contents = (uri: URL) => {
  ran.push('resource')
  return { contents: [{ uri: uri.href, text: 'the text' }] }
}
const messages = () => {
  ran.push('prompt')
  return { messages: [] }
}
const values = () => {
  ran.push('completion')
  return ['one']
}

const lowLevel = () => {
  ran.push('low level')
  return {}
}

/** Registers everything that a server can answer, some of it before the wrap and some of it after. */
function register<Server extends McpServerV1 | McpServerV2>(
  resourceServer: ResourceServer,
  server: Server,
  ResourceTemplate: typeof ResourceTemplateV1 | typeof ResourceTemplateV2,
): Server {
  const high = server as unknown as McpServerV2
  high.registerTool('act', {}, content)
  high.registerResource('a', 'docs:///a', {}, contents)
  protectServer(resourceServer, server)
  const complete = { page: values }
  const template = new ResourceTemplate('docs:///{page}', { list: undefined, complete })
  high.registerResource('page', template as ResourceTemplateV2, {}, contents)
  high.registerPrompt('greet', {}, messages)
  high.server.fallbackNotificationHandler = async () => void ran.push('notification')
  return server
}

function serverV1(resourceServer: ResourceServer): McpServerV1 {
  const wrapped = register(
    resourceServer,
    new McpServerV1(about, { capabilities }),
    ResourceTemplateV1,
  )
  const { server } = wrapped
  server.setRequestHandler(SubscribeRequestSchema, lowLevel)
  server.setRequestHandler(UnsubscribeRequestSchema, lowLevel)
  const custom = RequestSchema.extend({ method: z.literal('acme/custom') })
  server.setRequestHandler(custom as never, lowLevel)
  return wrapped
}

function serverV2(resourceServer: ResourceServer): McpServerV2 {
  const wrapped = register(
    resourceServer,
    new McpServerV2(about, { capabilities }),
    ResourceTemplateV2,
  )
  const { server } = wrapped
  server.setRequestHandler('resources/subscribe', lowLevel)
  server.setRequestHandler('resources/unsubscribe', lowLevel)
  server.setRequestHandler('acme/custom', { params: z.object({}) } as never, lowLevel)
  return wrapped
}

const MAJORS = {
  'SDK v1': (resourceServer: ResourceServer): RequestHandler => {
    return async (request, response) => {
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
      response.on('close', () => void transport.close())
      const server = serverV1(resourceServer)
      await server.connect(transport as Parameters<typeof server.connect>[0])
      await transport.handleRequest(request, response, request.body)
    }
  },
  'SDK v2': (resourceServer: ResourceServer): RequestHandler => {
    const handler = createMcpHandler(() => serverV2(resourceServer))
    stop.push(() => handler.close())
    const listener = toNodeHandler(handler)
    return (request, response) => listener(request, response, request.body)
  },
} as const

const MOUNTED = {
  'before the route': (gate: RequestHandler, route: RequestHandler) =>
    express().use(gate).post('/mcp', express.json(), route),
  'after the route': (gate: RequestHandler, route: RequestHandler) =>
    express().post('/mcp', express.json(), route).use(gate),
  'nowhere, forgotten': (_gate: RequestHandler, route: RequestHandler) =>
    express().post('/mcp', express.json(), route),
} as const

async function start(major: keyof typeof MAJORS, mounted: keyof typeof MOUNTED) {
  const { resource, listener, close } = await listen()
  const resourceServer = testResourceServer({ policy: OPERATIONS })
  stop.push(close, () => resourceServer.close())
  const gate = expressGate(resourceServer) as RequestHandler
  listener(MOUNTED[mounted](gate, MAJORS[major](resourceServer)))

  return async (method: string, params: object, token?: string, more: object = { id: 7 }) => {
    const response = await fetch(resource, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', method, params, ...more }),
    })
    const text = await response.text()
    const [, data] = /^data: (\{.*)$/m.exec(text) ?? []
    return { status: response.status, body: text === '' ? undefined : JSON.parse(data ?? text) }
  }
}

const INITIALIZE = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: about }
const REQUESTS: readonly (readonly [method: string, params: object])[] = [
  ['initialize', INITIALIZE],
  ['ping', {}],
  ['tools/list', {}],
  ['tools/call', { name: 'act', arguments: {} }],
  ['resources/list', {}],
  ['resources/templates/list', {}],
  ['resources/read', { uri: 'docs:///a' }],
  ['resources/read', { uri: 'docs:///b' }],
  ['resources/subscribe', { uri: 'docs:///a' }],
  ['resources/unsubscribe', { uri: 'docs:///a' }],
  ['prompts/list', {}],
  ['prompts/get', { name: 'greet' }],
  [
    'completion/complete',
    { ref: { type: 'ref/resource', uri: 'docs:///{page}' }, argument: { name: 'page', value: '' } },
  ],
  ['logging/setLevel', { level: 'info' }],
  ['acme/custom', {}],
]

const good = await signToken()

describe.each(Object.keys(MAJORS) as (keyof typeof MAJORS)[])('a server of %s', (major) => {
  it('MCP-13: with a gate before the route answers every method', async () => {
    const ask = await start(major, 'before the route')
    for (const [method, params] of REQUESTS) {
      expect([method, await ask(method, params, good)]).toMatchObject([method, { status: 200 }])
      const { body } = await ask(method, params, good)
      expect([method, body.error]).toEqual([method, undefined])
    }
    expect(ran).toContain('low level')
    await ask('notifications/acme', {}, good, {})
    await eventually(() => expect(ran).toContain('notification'))
    ran.length = 0
    expect(await ask('tools/call', { name: 'act' })).toMatchObject({ status: 401 })
    expect(ran).toEqual([])
  })

  for (const mounted of ['after the route', 'nowhere, forgotten'] as const) {
    it.each(REQUESTS)(
      `MCP-13 MCP-16: with a gate mounted ${mounted} answers %s with error 503`,
      async (...call) => {
        vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
        const ask = await start(major, mounted)
        // Nobody looks at the token there, so a good one opens as little.
        for (const token of [undefined, good]) {
          expect(await ask(...call, token)).toMatchObject({
            status: 200,
            body: { jsonrpc: '2.0', id: 7, error: { code: 503, message: expect.any(String) } },
          })
        }
        expect(ran).toEqual([])
      },
    )
  }

  it('MCP-13: without a gate before the route handles no notification', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const ask = await start(major, 'after the route')
    await ask('notifications/acme', {}, undefined, {})
    // Whatever would have been handled has been by then.
    await ask('ping', {})
    expect(ran).toEqual([])
  })

  it('S1.13: without a gate before the route warns the operator once, and emits events', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    using decisions = listenToDecisions()
    const ask = await start(major, 'after the route')
    const { body } = await ask('tools/call', { name: 'act', arguments: {} })
    await ask('tools/list', {})
    const missing = emit.mock.calls.filter(
      ([, options]) => (options as { code?: string }).code === 'MCP_GATE_MISSING',
    )
    expect(missing).toHaveLength(1)
    expect(missing[0]?.[0]).toContain('Mount the gate before the route')
    expect(missing[0]?.[0]).toContain('tools/call came without a verified access token')
    expect(decisions.events).toHaveLength(2)
    expect(decisions.events[0]).toMatchObject({
      outcome: 'unavailable',
      status: 503,
      reason: 'gate_missing',
      operations: ['tools/call "act"'],
      correlationId: body.error.data.correlation_id,
    })
  })
})
