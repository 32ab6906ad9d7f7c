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
import { NOW, signToken, testResourceServer } from '../support/tokens.ts'
import { undoAfterAll } from '../support/undo.ts'

/** The methods of the requests that came as far as the MCP server. */
const reached: string[] = []
const stop = undoAfterAll()
let url: string

const alice = await signToken()
const aliceRefreshed = await signToken({ claims: { jti: 'token-2', iat: NOW - 1, exp: NOW + 900 } })
const bob = await signToken({ claims: { sub: 'bob' } })

beforeAll(async () => {
  const { resource, listener, close } = await listen()
  const resourceServer = testResourceServer({
    policy: { ...POLICY, tools: { ...POLICY.tools, ping_caller: 'allow' } },
  })
  const app = express().use(expressGate(resourceServer))
  app.use((request, _response, next) => {
    reached.push(request.method)
    next()
  })
  listener(app.all('/mcp', express.json(), sessionfulV1(resourceServer)))
  stop.push(close, () => resourceServer.close())
  url = resource
})

beforeEach(() => {
  reached.length = 0
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
    const late = await connect(() => token, { sessionId: sessionId ?? '' })
    await expect(late.call()).rejects.toMatchObject(isNotFound)
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
    expect(reached.filter((method) => method === 'POST')).toEqual([])
    token = alice
    expect(await call()).toMatchObject(answered)
  })
})
