/**
 * The HTTP+SSE transport of SDK v1: its messages are posted to an address that anybody may learn, and
 * their answers go to the stream of whoever opened the session.
 */
import { randomUUID } from 'node:crypto'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { ElicitRequestSchema, isInitializeRequest } from '@modelcontextprotocol/sdk/types.js'
import express, { type Request } from 'express'
import { beforeEach, describe, expect, it } from 'vitest'
import { expressGate, verifiedToken } from '../../src/adapters/express.ts'
import { protectServer } from '../../src/adapters/protected-server.ts'
import { principalOf, type ResourceServer } from '../../src/index.ts'
import { eventually } from '../support/decisions.ts'
import { listen } from '../support/stock-servers.ts'
import { signToken, testResourceServer } from '../support/tokens.ts'
import { undoAfterAll } from '../support/undo.ts'

const alice = await signToken()
const bob = await signToken({ claims: { sub: 'bob' } })

const stop = undoAfterAll()
/** Who a tool was called by. */
const callers: unknown[] = []
/** What an elicitation was answered with. */
const answers: unknown[] = []

beforeEach(() => {
  callers.length = 0
  answers.length = 0
})

function mcpServer(): McpServer {
  const server = new McpServer({ name: 'sse', version: '1.0.0' }, { capabilities: { logging: {} } })
  server.registerTool('act', {}, ({ authInfo }) => {
    callers.push(authInfo?.extra?.subject)
    return { content: [{ type: 'text', text: 'done' }] }
  })
  server.registerTool('tell', {}, async ({ authInfo, sendNotification }) => {
    const text = `for ${authInfo?.extra?.subject}`
    for (let at = 0; at < 3; at += 1) {
      const params = { level: 'info' as const, data: text }
      await sendNotification({ method: 'notifications/message', params })
    }
    return { content: [{ type: 'text', text }] }
  })
  server.registerTool('ask', {}, async () => {
    const requestedSchema = { type: 'object' as const, properties: {} }
    const answer = await server.server.elicitInput({ message: 'Erase all?', requestedSchema })
    answers.push(answer.action)
    return { content: [{ type: 'text', text: answer.action }] }
  })
  return server
}

/** As a text that is a key: a session of somebody else is not there. */
const keyOf = (request: Request, id: unknown) => {
  const token = verifiedToken(request)
  return JSON.stringify([token && principalOf(token), id])
}

const BOUND = {
  'protectServer alone': {
    wrap: (resourceServer: ResourceServer) => protectServer(resourceServer, mcpServer()),
    key: (_request: Request, id: unknown) => String(id),
  },
  'sessions kept by their principal': { wrap: () => mcpServer(), key: keyOf },
  nothing: { wrap: () => mcpServer(), key: (_request: Request, id: unknown) => String(id) },
} as const

async function start(by: keyof typeof BOUND) {
  const { wrap, key } = BOUND[by]
  const { resource, listener, close } = await listen()
  const resourceServer = testResourceServer()
  stop.push(close, () => resourceServer.close())
  const transports = new Map<string, SSEServerTransport>()
  const app = express().use(expressGate(resourceServer))
  app.get('/sse', async (request, response) => {
    const transport = new SSEServerTransport('/messages', response)
    transports.set(key(request, transport.sessionId), transport)
    await wrap(resourceServer).connect(transport)
  })
  app.post('/messages', async (request, response) => {
    const transport = transports.get(key(request, request.query.sessionId))
    if (transport === undefined) response.status(404).end()
    else await transport.handlePostMessage(request, response)
  })
  listener(app)

  const withToken = (to: string | URL, init?: RequestInit) => {
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${alice}`)
    return fetch(to, { ...init, headers })
  }
  const client = new Client({ name: 'owner', version: '1' }, { capabilities: { elicitation: {} } })
  const elicited = Promise.withResolvers<void>()
  const decide = Promise.withResolvers<'accept' | 'decline'>()
  client.setRequestHandler(ElicitRequestSchema, async () => {
    elicited.resolve()
    return { action: await decide.promise }
  })
  let endpoint = ''
  const transport = new SSEClientTransport(new URL('/sse', resource), {
    eventSourceInit: { fetch: withToken },
    fetch: (to, init) => {
      endpoint = String(to)
      return withToken(to, init)
    },
  })
  await client.connect(transport)
  stop.push(() => client.close())
  const received: object[] = []
  const deliver = transport.onmessage
  transport.onmessage = (message) => {
    received.push(message)
    deliver?.(message)
  }
  const post = async (token: string, message: object) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    })
    await response.text()
    return response.status
  }
  return { client, received, post, elicited: elicited.promise, decide: decide.resolve }
}

const CALL = { id: 666, method: 'tools/call', params: { name: 'act', arguments: {} } }

describe.each([
  ['protectServer alone', 202],
  ['sessions kept by their principal', 404],
] as const)('a session of HTTP+SSE, bound by %s', (by, status) => {
  it('S1.14: runs tools for its owner, also with a refreshed token', async () => {
    const { client, post } = await start(by)
    expect(await client.callTool({ name: 'act' })).toMatchObject({ content: [{ text: 'done' }] })
    expect(await post(await signToken({ claims: { jti: 'refreshed' } }), CALL)).toBe(202)
    await eventually(() => expect(callers).toEqual(['alice', 'alice']))
  })

  it('S1.14: runs no tool for another caller, and sends the owner nothing', async () => {
    const { client, received, post } = await start(by)
    expect(await post(bob, CALL)).toBe(status)
    expect(await post('forged', CALL)).toBe(401)
    // What comes later has overtaken nothing.
    await client.callTool({ name: 'act' })
    expect(callers).toEqual(['alice'])
    expect(received.filter((message) => 'id' in message && message.id === 666)).toEqual([])
  })

  it('S1.14: takes answers to its questions from its owner only', async () => {
    const { client, post, received, elicited, decide } = await start(by)
    const called = client.callTool({ name: 'ask' })
    await elicited
    const question = received.find((message) => 'method' in message) as unknown as { id: number }
    const answer = { id: question.id, result: { action: 'accept', content: {} } }
    expect(await post(bob, answer)).toBe(status)
    decide('decline')
    await called
    expect(answers).toEqual(['decline'])
  })
})

describe('a session of HTTP+SSE without an owner', () => {
  it('S1.14: serves anybody who has a token and the id, as docs/sessions.md warns', async () => {
    const { client, post, received, elicited } = await start('nothing')
    expect(await post(bob, CALL)).toBe(202)
    await eventually(() => expect(received).toContainEqual(expect.objectContaining({ id: 666 })))
    expect(callers).toEqual(['bob'])
    const called = client.callTool({ name: 'ask' })
    await elicited
    const question = received.find((message) => 'method' in message) as unknown as { id: number }
    await post(bob, { id: question.id, result: { action: 'accept', content: {} } })
    await called
    expect(answers).toEqual(['accept'])
  })
})

/** Streamable HTTP with sessions that can be resumed. */
async function startResumable(storeOf: () => InMemoryEventStore) {
  const { resource, listener, close } = await listen()
  const resourceServer = testResourceServer()
  stop.push(close, () => resourceServer.close())
  const transports = new Map<string, StreamableHTTPServerTransport>()
  const app = express().use(expressGate(resourceServer), express.json())
  app.all('/mcp', async (request, response) => {
    const id = request.headers['mcp-session-id']
    let transport = typeof id === 'string' ? transports.get(id) : undefined
    if (transport === undefined && isInitializeRequest(request.body)) {
      const server = protectServer(resourceServer, mcpServer())
      const opened = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        eventStore: storeOf(),
        onsessioninitialized: (sessionId) => void transports.set(sessionId, opened),
      })
      await server.connect(opened as Parameters<typeof server.connect>[0])
      transport = opened
    }
    if (transport === undefined) response.status(404).end()
    else await transport.handleRequest(request, response, request.body)
  })
  listener(app)

  const ask = (token: string, more: Record<string, string>, message?: object) =>
    fetch(resource, {
      method: message === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: message === undefined ? 'text/event-stream' : 'application/json, text/event-stream',
        ...more,
      },
      ...(message === undefined ? {} : { body: JSON.stringify({ jsonrpc: '2.0', ...message }) }),
    })
  const open = async (token: string) => {
    const clientInfo = { name: 'by hand', version: '1' }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
    const response = await ask(token, {}, { id: 0, method: 'initialize', params })
    await response.text()
    return response.headers.get('mcp-session-id') ?? ''
  }
  const call = async (token: string, session: string) => {
    const params = { name: 'tell', arguments: {} }
    const message = { id: 1, method: 'tools/call', params }
    expect(await (await ask(token, { 'mcp-session-id': session }, message)).text()).toContain('for')
  }
  /** All that a session is sent again after an event; it is ended thereby. */
  const resume = async (token: string, session: string, lastEventId: string) => {
    const headers = { 'mcp-session-id': session, 'last-event-id': lastEventId }
    const response = await ask(token, headers)
    await fetch(resource, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}`, 'mcp-session-id': session },
    })
    return { status: response.status, text: await response.text() }
  }
  return { open, call, resume }
}

describe('events that are kept to be sent again', () => {
  /** The ids of what a session's requests were answered with, as the store itself orders them. */
  const eventIds = (store: InMemoryEventStore | undefined) =>
    [...(store as unknown as { events: Map<string, unknown> }).events.keys()]
      .filter((id) => !id.startsWith('_'))
      .sort((one, other) => one.localeCompare(other))

  it('S1.14: in a shared store, one session is sent the events of another', async () => {
    const shared = new InMemoryEventStore()
    const { open, call, resume } = await startResumable(() => shared)
    const [owner, stranger] = [await open(alice), await open(bob)]
    const before = eventIds(shared)
    await call(alice, owner)
    // All that it takes is the id of one event.
    const [first = ''] = eventIds(shared).filter((id) => !before.includes(id))
    expect((await resume(bob, stranger, first)).text).toContain('for alice')
  })

  it('S1.14: with a store for each session, none is sent the events of another', async () => {
    const stores: InMemoryEventStore[] = []
    const { open, call, resume } = await startResumable(() => {
      const store = new InMemoryEventStore()
      stores.push(store)
      return store
    })
    const owner = await open(alice)
    const before = eventIds(stores[0])
    await call(alice, owner)
    const [first = ''] = eventIds(stores[0]).filter((id) => !before.includes(id))
    const stranger = await open(bob)
    expect((await resume(bob, stranger, first)).text).not.toContain('for alice')
    // Nor can the owner's session be named by anybody else.
    expect((await resume(bob, owner, first)).status).toBe(404)
    expect((await resume(alice, owner, first)).text).toContain('for alice')
  })
})
