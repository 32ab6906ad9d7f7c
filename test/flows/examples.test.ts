import type { RequestListener, Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createApp as createCapabilities } from '../../examples/capabilities/server.ts'
import { createOrdersApi } from '../../examples/downstream-api/orders-api.ts'
import { createApp as bothEras } from '../../examples/frameworks/both-eras.ts'
import { createApp as expressSdkV1 } from '../../examples/frameworks/express-sdk-v1.ts'
import { createApp as expressSdkV2 } from '../../examples/frameworks/express-sdk-v2.ts'
import { createApp as fastifySdkV1 } from '../../examples/frameworks/fastify-sdk-v1.ts'
import { createApp as fastifySdkV2 } from '../../examples/frameworks/fastify-sdk-v2.ts'
import fetchModule, { createHandler as fetchSdkV2 } from '../../examples/frameworks/fetch-sdk-v2.ts'
import { createApp as honoSdkV2 } from '../../examples/frameworks/hono-sdk-v2.ts'
import { createApp as nodeSdkV1 } from '../../examples/frameworks/node-sdk-v1.ts'
import { createApp as nodeSdkV2 } from '../../examples/frameworks/node-sdk-v2.ts'
import { logAsJsonLines } from '../../examples/logs/as-json-lines.ts'
import { logWithPino } from '../../examples/logs/with-pino.ts'
import { createApp as createPersonas } from '../../examples/personas/server.ts'
import { createApp as createRulesBesideTools } from '../../examples/policy/rules-beside-tools.ts'
import { createGate, createApp as createPolicy } from '../../examples/policy/server.ts'
import { createApp as createQuickStart } from '../../examples/quick-start/server.ts'
import { createInstance } from '../../examples/several-instances/server.ts'
import { challengesOf } from '../support/challenges.ts'
import { eventually } from '../support/decisions.ts'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import { MemorySharedStore } from '../support/memory-shared-store.ts'
import { connectStockClient, type StockClientOptions } from '../support/stock-clients.ts'
import { listen } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'

// The examples import the package by its name, and therefore need a build.

interface Settings {
  readonly resource: string
  readonly issuer: string
}

/** What a server made for `listen()` does with a request. */
function listenerOf(server: Server): RequestListener {
  return (request, response) => void server.emit('request', request, response)
}

async function ofFastify(app: FastifyInstance): Promise<RequestListener> {
  await app.ready()
  return app.routing
}

const BOTH = ['2025', '2026-07-28'] as const

const EXAMPLES: readonly {
  readonly example: string
  readonly make: (settings: Settings) => RequestListener | Promise<RequestListener>
  readonly eras: readonly ('2025' | '2026-07-28')[]
}[] = [
  { example: 'express-sdk-v1', make: expressSdkV1, eras: ['2025'] },
  { example: 'express-sdk-v2', make: expressSdkV2, eras: BOTH },
  { example: 'fastify-sdk-v1', make: (at) => ofFastify(fastifySdkV1(at)), eras: ['2025'] },
  { example: 'fastify-sdk-v2', make: (at) => ofFastify(fastifySdkV2(at)), eras: BOTH },
  { example: 'hono-sdk-v2', make: (at) => getRequestListener(honoSdkV2(at).fetch), eras: BOTH },
  { example: 'node-sdk-v1', make: (at) => listenerOf(nodeSdkV1(at)), eras: ['2025'] },
  { example: 'node-sdk-v2', make: (at) => listenerOf(nodeSdkV2(at)), eras: BOTH },
  { example: 'fetch-sdk-v2', make: (at) => getRequestListener(fetchSdkV2(at)), eras: BOTH },
  { example: 'both-eras', make: bothEras, eras: BOTH },
]

const stop = undoAfterAll()
const authorizationServer = await startAuthorizationServer()
stop.push(() => authorizationServer.stop())

describe.each(EXAMPLES)('examples/frameworks/$example', ({ make, eras }) => {
  let resource: string

  beforeAll(async () => {
    const server = await listen()
    stop.push(server.close)
    resource = server.resource
    const { issuer } = authorizationServer
    authorizationServer.register({ resource, scopes: ['mcp:tools'], format: 'jwt' })
    server.listener(await make({ resource, issuer }))
  })

  it('S1.9: without a token it answers 401, and serves its metadata', async () => {
    const { origin } = new URL(resource)
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`
    for (const method of ['POST', 'GET', 'DELETE']) {
      const response = await fetch(resource, { method })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe(
        challengesOf({ scope: 'mcp:tools', metadataUrl: metadata }),
      )
    }
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource,
      authorization_servers: [authorizationServer.issuer],
    })
  })

  type Client = Pick<StockClientOptions, 'major' | 'protocol'>
  const clients: readonly Client[] = [
    { major: 1, protocol: '2025' },
    ...eras.map((protocol) => ({ major: 2 as const, protocol })),
  ]

  it.each(clients)('S4: a client of SDK v$major, $protocol, signs in and calls', async (client) => {
    const connection = await connectStockClient({ ...client, serverUrl: resource })
    const { tools } = await connection.client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['who_am_i'])
    expect(await connection.client.callTool({ name: 'who_am_i' })).toMatchObject({
      content: [{ type: 'text', text: 'You are demo-user.' }],
    })
    await expect(connection.client.callTool({ name: 'stop_server' })).rejects.toThrow(
      'The caller may not use this operation.',
    )
    await connection.close()
  })
})

it('examples/frameworks/fetch-sdk-v2: the default export has a fetch handler', async () => {
  const response = await fetchModule.fetch(new Request('http://127.0.0.1/mcp', { method: 'POST' }))
  expect(response.status).toBe(401)
})

it.each([
  ['capabilities', () => createCapabilities()],
  [
    'downstream-api',
    () =>
      createOrdersApi({
        AUTHZ_SERVER_BASE_URL: 'http://localhost:8080/realms/mcp',
        BACKEND_API_URL: 'http://127.0.0.1:3002',
        BACKEND_API_AUDIENCE: 'orders-api',
        TOKEN_EXCHANGE_SCOPE: 'orders:read',
      }),
  ],
  ['personas', () => createPersonas()],
])('examples/%s shows a set-up that this package does not warn of', (_name, create) => {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  try {
    create()
    expect(emit.mock.calls).toEqual([])
  } finally {
    emit.mockRestore()
  }
})

it('examples/several-instances REV-1: what one instance revokes, the other refuses', async () => {
  const servers = [await listen(), await listen()] as const
  stop.push(...servers.map(({ close }) => close))
  const [{ resource }, { resource: other }] = servers
  const { issuer } = authorizationServer
  authorizationServer.register({ resource, scopes: ['mcp:tools'], format: 'jwt' })
  const store = new MemorySharedStore()
  for (const server of servers) {
    const { app, resourceServer } = createInstance({ resource, issuer, store })
    stop.push(() => resourceServer.close())
    await resourceServer.ready()
    server.listener(app)
  }
  const token = await authorizationServer.clientCredentialsToken({ resource, scope: 'mcp:tools' })
  const ask = async (url: string, method: string, params = {}): Promise<number> => {
    const { status } = await fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    return status
  }
  expect(await ask(other, 'tools/list')).toBe(200)
  expect(await ask(resource, 'tools/call', { name: 'sign_out' })).toBe(200)
  await eventually(async () => expect(await ask(other, 'tools/list')).toBe(401))
})

describe('examples/logs', () => {
  /** Calls the server of the quick start while both loggers write. */
  async function logged(work: (resource: string, token: string) => Promise<void>) {
    const server = await listen()
    stop.push(server.close)
    const { resource } = server
    const { issuer } = authorizationServer
    authorizationServer.register({ resource, scopes: ['mcp:tools'], format: 'jwt' })
    const token = await authorizationServer.clientCredentialsToken({ resource, scope: 'mcp:tools' })
    const app = createQuickStart({ resource, issuer })
    server.listener(app)
    const written: Record<'json' | 'pino', string[]> = { json: [], pino: [] }
    const stops = [
      logAsJsonLines((line) => written.json.push(line)),
      logWithPino(
        pino(
          { formatters: { level: (level) => ({ level }) } },
          { write: (line) => written.pino.push(line) },
        ),
      ),
    ]
    try {
      await work(resource, token)
    } finally {
      for (const end of stops) end()
    }
    const text = written.json.join('') + written.pino.join('')
    // No part of the token, not even its claims.
    for (const part of token.split('.')) expect(text).not.toContain(part)
    const [json = [], ofPino = []] = [written.json, written.pino].map((lines) =>
      lines.map((line): Record<string, unknown> => {
        expect(line).toMatch(/^[^\n]*\n$/)
        return JSON.parse(line)
      }),
    )
    // The two differ in the time alone, and in what pino says of the process.
    const common = (lines: readonly Record<string, unknown>[]) =>
      lines.map(({ time, pid, hostname, ...line }) => line)
    expect(common(ofPino)).toEqual(common(json))
    return common(json)
  }

  const ask = (resource: string, authorization?: string) =>
    fetch(resource, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    })

  it('S1.13: a line for each decision, by its outcome, with the id that the client quotes and no token', async () => {
    const ids: unknown[] = []
    const lines = await logged(async (resource, token) => {
      for (const authorization of [undefined, `Bearer ${token}x`, `Bearer ${token}`]) {
        const response = await ask(resource, authorization)
        const text = await response.text()
        if (!response.ok) ids.push(JSON.parse(text).correlation_id)
      }
    })
    expect(lines).toMatchObject([
      { level: 'info', msg: 'challenged 401 credentials_missing', correlation_id: ids[0] },
      { level: 'warn', status: 401, reason: 'token_malformed', correlation_id: ids[1] },
      { level: 'info', msg: 'allowed 200', issuer: authorizationServer.issuer },
    ])
    for (const line of lines) expect(line).not.toHaveProperty('trace_id')
  })

  it('S1.2: an outage is an error', async () => {
    const nobody = await listen()
    const { resource } = nobody
    nobody.listener(createQuickStart({ resource, issuer: 'http://127.0.0.1:9' }))
    stop.push(nobody.close)
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const lines = await logged(async (_resource, token) => {
      const [, payload = ''] = token.split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
      const header = { alg: 'RS256', typ: 'at+jwt', kid: 'a' }
      const forged = [
        part(header),
        part({ ...claims, iss: 'http://127.0.0.1:9', aud: resource }),
        'AAAA',
      ]
      expect((await ask(resource, `Bearer ${forged.join('.')}`)).status).toBe(503)
    })
    expect(lines).toMatchObject([{ level: 'error', outcome: 'unavailable', status: 503 }])
  })

  it('has the ids of the trace that is active', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    try {
      const traceId = '0af7651916cd43dd8448eb211c80319c'
      const spanId = 'b7ad6b7169203331'
      const active = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 })
      const { resource, issuer } = {
        resource: 'http://127.0.0.1/mcp',
        issuer: 'http://127.0.0.1:9',
      }
      const gate = createGate({ resource, issuer, personas: {} })
      const lines = await logged(async () => {
        await context.with(active, () =>
          gate.authenticate({ method: 'POST', url: '/mcp', headers: {} }),
        )
      })
      await gate.close()
      expect(lines).toMatchObject([{ trace_id: traceId, span_id: spanId, status: 401 }])
    } finally {
      context.disable()
    }
  })
})

describe('examples/policy', () => {
  /** Two people of the one authorization server differ in their roles alone. */
  async function start(role?: 'analyst' | 'steward') {
    const server = await listen()
    stop.push(server.close)
    const { resource } = server
    authorizationServer.register({ resource, scopes: ['data:read', 'data:write'], format: 'jwt' })
    const personas = { 'demo-user': role === undefined ? [] : [role] }
    const resourceServer = createGate({ resource, issuer: authorizationServer.issuer, personas })
    stop.push(() => resourceServer.close())
    server.listener(createPolicy(resourceServer))
    const connection = await connectStockClient({ major: 2, serverUrl: resource })
    stop.push(() => connection.close())
    const call = async (name: string): Promise<unknown> => connection.client.callTool({ name })
    return { resourceServer, connection, call, client: connection.client }
  }

  it('MCP-25 S5: each persona is shown what its roles and a consent would give', async () => {
    const shown = async (role?: 'analyst' | 'steward') => {
      const { client } = await start(role)
      const { tools } = await client.listTools()
      const { resources } = await client.listResources()
      const { prompts } = await client.listPrompts()
      return [
        tools.map(({ name }) => name),
        resources.map(({ uri }) => uri),
        prompts.map(({ name }) => name),
      ]
    }
    const everybody = ['data://public/readme']
    const internal = [...everybody, 'data://internal/sales']
    expect(await shown()).toEqual([['list_datasets', 'add_note'], everybody, ['explain_dataset']])
    expect(await shown('analyst')).toEqual([
      ['list_datasets', 'sum_sales', 'add_note'],
      internal,
      ['explain_dataset', 'draft_report'],
    ])
    expect(await shown('steward')).toEqual([
      ['list_datasets', 'sum_sales', 'delete_dataset', 'add_note'],
      internal,
      ['explain_dataset'],
    ])
  })

  it('MCP-9 MCP-10: who has the role is asked for the scope, who has it not is refused', async () => {
    const steward = await start('steward')
    expect(
      await steward.connection.authorizing(() => steward.call('delete_dataset')),
    ).toMatchObject({ content: [{ text: 'delete_dataset: done' }] })
    expect(steward.connection.scopes()).toEqual(['data:read', 'data:write'])

    const analyst = await start('analyst')
    await expect(analyst.call('delete_dataset')).rejects.toThrow('may not use this operation')
    expect(analyst.connection.authorizations).toHaveLength(1)
  })

  it('S5: resources by template: public ones, internal ones, and one’s own notes', async () => {
    const { client } = await start()
    for (const uri of ['data://public/a/b/c', 'data://notes/demo-user']) {
      expect((await client.readResource({ uri })).contents).toMatchObject([{ uri }])
    }
    for (const uri of ['data://internal/sales', 'data://notes/somebody', 'data://elsewhere/x']) {
      await expect(client.readResource({ uri })).rejects.toThrow('may not use this operation')
    }
  })

  it('prints its policy at the start, a line for each rule', async () => {
    const { resourceServer } = await start()
    const lines = resourceServer.policy
      ?.describe()
      .split('\n')
      .map((line) => line.split(/ {2,}/))
    expect(lines).toContainEqual(['tool delete_dataset', 'scope data:write, role steward'])
    expect(lines).toContainEqual(['anything else', 'deny'])
  })
})

it('examples/policy/rules-beside-tools: one policy of all rules, a step-up, one’s own notes', async () => {
  const server = await listen()
  stop.push(server.close)
  const { resource } = server
  authorizationServer.register({ resource, scopes: ['notes:read', 'notes:write'], format: 'jwt' })
  const { issuer } = authorizationServer
  const { app, resourceServer } = createRulesBesideTools({ resource, issuer })
  stop.push(() => resourceServer.close())
  server.listener(app)
  const described = resourceServer.policy?.describe()
  expect(described).toMatch(
    /^tool add_note +scope notes:write \(withRule in rules-beside-tools\.ts\)$/m,
  )
  const connection = await connectStockClient({ major: 2, serverUrl: resource })
  stop.push(() => connection.close())
  const { client } = connection
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toEqual(['list_notes', 'add_note'])
  expect(
    await connection.authorizing(
      async (): Promise<unknown> => client.callTool({ name: 'add_note' }),
    ),
  ).toMatchObject({ content: [{ text: 'added' }] })
  await expect(client.callTool({ name: 'erase_notes' })).rejects.toThrow('may not use')
  expect((await client.readResource({ uri: 'notes:///demo-user' })).contents).toHaveLength(1)
  await expect(client.readResource({ uri: 'notes:///somebody' })).rejects.toThrow('may not use')
})
