import { request } from 'node:http'
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import express from 'express'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { expressGate } from '../../src/adapters/express.ts'
import { listen, POLICY, sessionfulV1 } from '../support/stock-servers.ts'
import {
  attackerKey,
  CORRELATION_ID,
  NOW,
  signToken,
  testResourceServer,
} from '../support/tokens.ts'
import { undoAfterAll } from '../support/undo.ts'

/** What came as far as the MCP server: the method, and the session that it was shown. */
const reached: [method: string, session: string | undefined][] = []
const stop = undoAfterAll()
let url: string

const alice = await signToken()
const aliceRefreshed = await signToken({
  claims: { jti: 'token-2', iat: NOW - 1, exp: NOW + 900 },
})
const bob = await signToken({ claims: { sub: 'bob' } })
const aliceElsewhere = await signToken({ claims: { client_id: 'another-client' } })
const forged = await signToken({ key: attackerKey })

beforeAll(async () => {
  const { resource, listener, close } = await listen()
  const resourceServer = testResourceServer({
    policy: { ...POLICY, tools: { ...POLICY.tools, ping_caller: 'allow' } },
  })
  const app = express().use(expressGate(resourceServer))
  app.use((request, _response, next) => {
    const id = request.headers['mcp-session-id']
    reached.push([request.method, typeof id === 'string' ? id : undefined])
    next()
  })
  listener(app.all('/mcp', express.json(), sessionfulV1(resourceServer)))
  stop.push(close, () => resourceServer.close())
  url = resource
})

beforeEach(() => {
  reached.length = 0
})

interface Asked {
  readonly method?: string
  readonly token: string
  readonly session?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly message?: object
}

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'by hand', version: '1.0.0' },
  },
}

/** One request of the revision 2025-11-25; of a stream only the head is awaited. */
async function ask({ method = 'POST', token, session, headers, message = LIST }: Asked) {
  const leave = new AbortController()
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    signal: leave.signal,
    ...(method === 'POST' ? { body: JSON.stringify(message) } : {}),
  })
  const isStream = method === 'GET' && response.status === 200
  const body = isStream ? '' : await response.text()
  leave.abort()
  return { status: response.status, headers: response.headers, body }
}

async function open(token: string): Promise<string> {
  const { status, headers } = await ask({ token, message: INITIALIZE })
  expect(status).toBe(200)
  return headers.get('mcp-session-id') ?? ''
}

/** How a session is refused, whoever's it is. */
const NOT_FOUND = {
  jsonrpc: '2.0',
  id: null,
  error: {
    code: 404,
    message: expect.any(String),
    data: { correlation_id: CORRELATION_ID },
  },
}

const ROBBERS = [
  ['bob, of alice', () => alice, () => bob],
  ['alice, of bob', () => bob, () => alice],
  ['another client of alice', () => alice, () => aliceElsewhere],
] as const

describe.each(ROBBERS)('a session is taken by %s', (_who, ownerOf, robberOf) => {
  it.each(['POST', 'GET', 'DELETE'])(
    'S1.14 MCP-20: %s is 404, and nobody hears of it',
    async (method) => {
      const session = await open(ownerOf())
      reached.length = 0
      const answer = await ask({ method, token: robberOf(), session })
      expect(answer.status).toBe(404)
      expect(JSON.parse(answer.body)).toEqual(NOT_FOUND)
      expect(answer.headers.get('www-authenticate')).toBeNull()
      expect(reached).toEqual([])
      // It is as it was: the owner lists, listens, and ends it.
      for (const own of ['POST', 'GET', 'DELETE']) {
        expect((await ask({ method: own, token: ownerOf(), session })).status).toBe(200)
      }
    },
  )

  it('S1.14: another caller’s session, an ended one and an invented one get the same answer', async () => {
    const session = await open(ownerOf())
    const foreign = await ask({ token: robberOf(), session })
    const invented = await ask({
      token: robberOf(),
      session: 'e9f4bc4e-1a3a-4be1-8c0f-37ba51e4a2c4',
    })
    await ask({ method: 'DELETE', token: ownerOf(), session })
    const ended = await ask({ token: robberOf(), session })
    const same = ({ status, body }: { status: number; body: string }) => ({ status, body })
    expect(same(invented)).toEqual(same(foreign))
    expect(same(ended)).toEqual(same(foreign))
  })

  it('S1.14: another caller cannot answer the server’s requests to the owner', async () => {
    const session = await open(ownerOf())
    reached.length = 0
    const message = { jsonrpc: '2.0', id: 0, result: { action: 'accept' } }
    expect((await ask({ token: robberOf(), session, message })).status).toBe(404)
    expect(reached).toEqual([])
    expect((await ask({ token: ownerOf(), session, message })).status).toBe(202)
  })

  it('S1.14: a session cannot be opened under an id of one’s own choice', async () => {
    const session = await open(ownerOf())
    reached.length = 0
    for (const chosen of [session, 'chosen-by-me']) {
      const answer = await ask({ token: robberOf(), session: chosen, message: INITIALIZE })
      expect(answer.status).toBe(404)
    }
    expect(reached).toEqual([])
  })

  it('S1.14 MCP-20: with a header of 2026-07-28 the server is not shown the id', async () => {
    const session = await open(ownerOf())
    const modern = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' }
    reached.length = 0
    // Neither to the robber nor to the owner: that revision knows no sessions.
    for (const token of [robberOf(), ownerOf()]) {
      const headers = { ...modern, 'last-event-id': '1' }
      expect((await ask({ token, session, headers })).status).toBe(400)
    }
    expect(reached).toEqual([
      ['POST', undefined],
      ['POST', undefined],
    ])
    // That revision has neither method, so there an id still names a session of an older one.
    for (const method of ['GET', 'DELETE']) {
      expect((await ask({ method, token: robberOf(), session, headers: modern })).status).toBe(404)
    }
    expect((await ask({ token: ownerOf(), session })).status).toBe(200)
  })
})

describe('the owner of a session', () => {
  it.each(['POST', 'GET', 'DELETE'])(
    'S1.14: goes on with a refreshed token: %s',
    async (method) => {
      const session = await open(alice)
      expect((await ask({ method, token: aliceRefreshed, session })).status).toBe(200)
    },
  )

  it('S1.14: a session is 404 after its owner has ended it', async () => {
    const session = await open(alice)
    expect((await ask({ method: 'DELETE', token: alice, session })).status).toBe(200)
    reached.length = 0
    const answer = await ask({ token: alice, session })
    expect(JSON.parse(answer.body)).toEqual(NOT_FOUND)
    expect(reached).toEqual([])
  })

  it('S1.14: is 401 with a forged token', async () => {
    const session = await open(alice)
    reached.length = 0
    expect((await ask({ token: forged, session })).status).toBe(401)
    expect(reached).toEqual([])
  })

  it('S1.14: is 404 with two session ids in one request', async () => {
    const [own, foreign] = [await open(alice), await open(bob)]
    reached.length = 0
    for (const ids of [
      [own, foreign],
      [foreign, own],
    ]) {
      const status = await new Promise((resolve, reject) => {
        const { host } = new URL(url)
        const headers = ['host', host, 'authorization', `Bearer ${alice}`]
        for (const id of ids) headers.push('mcp-session-id', id)
        request(url, { method: 'DELETE', headers, agent: false })
          .on('error', reject)
          .on('response', (response) => resolve(response.resume().statusCode))
          .end()
      })
      expect(status).toBe(404)
    }
    expect(reached).toEqual([])
  })
})

/** Over what is underneath a client, where an application of its own puts its token. */
const withToken = (token: () => string) => (to: string | URL, init?: RequestInit) => {
  const headers = new Headers(init?.headers)
  headers.set('authorization', `Bearer ${token()}`)
  return fetch(to, { ...init, headers })
}

async function connectV1(token: () => string, resumed: { sessionId?: string }) {
  const client = new ClientV1({ name: 'stock', version: '1.0.0' })
  const transport = new TransportV1(new URL(url), { ...resumed, fetch: withToken(token) })
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return { client, transport }
}

async function connectV2(token: () => string, resumed: { sessionId?: string }) {
  const client = new ClientV2({ name: 'stock', version: '1.0.0' })
  const transport = new TransportV2(new URL(url), { ...resumed, fetch: withToken(token) })
  await client.connect(transport)
  return { client, transport }
}

describe.each([
  { major: 1, connect: connectV1, isNotFound: { code: 404 } },
  { major: 2, connect: connectV2, isNotFound: { status: 404 } },
])('a stock client of SDK v$major', ({ connect: open, isNotFound }) => {
  async function connect(token: () => string, resumed: { sessionId?: string } = {}) {
    const { client, transport } = await open(token, resumed)
    stop.push(() => client.close())
    const call = async (name = 'read_notes'): Promise<unknown> => client.callTool({ name })
    return { call, transport }
  }
  const answered = { content: expect.any(Array) }

  it('S1.14: keeps its session over a refresh, and ends it', async () => {
    let token = alice
    const { call, transport } = await connect(() => token)
    const { sessionId } = transport
    expect(await call()).toMatchObject(answered)
    token = aliceRefreshed
    expect(await call()).toMatchObject(answered)
    expect(transport.sessionId).toBe(sessionId)
    await transport.terminateSession()
    expect((await ask({ token, session: sessionId ?? '' })).status).toBe(404)
  })

  it('S4: its answers to the server’s requests pass the policy', async () => {
    const { call } = await connect(() => alice)
    expect(await call('ping_caller')).toMatchObject(answered)
  })

  it('S1.14: gets 404 for another caller’s session, and cannot end it', async () => {
    const { call, transport } = await connect(() => alice)
    const { sessionId = '' } = transport
    const stolen = await connect(() => bob, { sessionId })
    await expect(stolen.call()).rejects.toMatchObject(isNotFound)
    await expect(stolen.transport.terminateSession()).rejects.toMatchObject(isNotFound)
    expect(await call()).toMatchObject(answered)
  })

  it('S1.14: gets 404 after another person signs in, and opens no new session', async () => {
    let token = alice
    const { call } = await connect(() => token)
    token = bob
    reached.length = 0
    await expect(call()).rejects.toMatchObject(isNotFound)
    // The client opens its stream when it likes; that one may be alice’s still.
    expect(reached.filter(([method]) => method === 'POST')).toEqual([])
    token = alice
    expect(await call()).toMatchObject(answered)
  })
})
