import { getRequestListener } from '@hono/node-server'
import {
  Client,
  type ClientOptions,
  InMemoryResponseCacheStore,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { fetchGate } from '../../src/adapters/fetch.ts'
import { createResourceServer } from '../../src/index.ts'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import { connectStockClient, type StockConnection } from '../support/stock-clients.ts'
import {
  listen,
  notesV2,
  POLICY,
  READ,
  SERVERS,
  type ServerName,
  startStockServer,
  WRITE,
} from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'

const SERVER_NAMES = Object.keys(SERVERS) as ServerName[]

const stop = undoAfterAll()
const authorizationServer = await startAuthorizationServer()
stop.push(() => authorizationServer.stop())

async function start(server: ServerName, showStepUp = false): Promise<string> {
  const operations = { ...POLICY, showStepUp }
  const running = await startStockServer(server, authorizationServer, { policy: operations })
  stop.push(() => running.close())
  return running.resource
}

async function listsOf({ client }: StockConnection) {
  const { tools } = await client.listTools()
  const { resources } = await client.listResources()
  const { resourceTemplates } = await client.listResourceTemplates()
  const { prompts } = await client.listPrompts()
  return {
    tools: tools.map(({ name }) => name),
    resources: resources.map(({ uri }) => uri),
    templates: resourceTemplates.map(({ uriTemplate }) => uriTemplate),
    prompts: prompts.map(({ name }) => name),
  }
}

const BEFORE = {
  tools: ['read_notes'],
  resources: ['notes://all'],
  templates: [],
  prompts: ['sum_up'],
}
const AFTER = {
  tools: ['read_notes', 'write_note'],
  resources: ['notes://all', 'notes://drafts'],
  templates: ['notes://drafts/{id}'],
  prompts: ['sum_up', 'draft_reply'],
}

const clients = (server: ServerName) => [
  { server, major: 1 as const, protocol: '2025' as const },
  { server, major: 2 as const, protocol: '2025' as const },
  ...(server === 'SDK v1 on Express'
    ? []
    : [{ server, major: 2 as const, protocol: '2026-07-28' as const }]),
]

describe.each(SERVER_NAMES.flatMap(clients))(
  'lists of $server, seen by a client of SDK v$major, $protocol',
  ({ server, major, protocol }) => {
    const connect = async (serverUrl: string) => {
      const refreshTokens = false
      const connection = await connectStockClient({ major, protocol, serverUrl, refreshTokens })
      stop.push(() => connection.close())
      return connection
    }

    it('MCP-25 S5: show what this caller may use, before and after a step-up', async () => {
      const connection = await connect(await start(server))
      expect(await listsOf(connection)).toEqual(BEFORE)
      await connection.authorizing(() => connection.callTool('write_note'))
      expect(await listsOf(connection)).toEqual(AFTER)
      expect(await connection.client.listTools()).toMatchObject({ cacheScope: 'private' })
    })

    it('MCP-25: with showStepUp they also show what one more consent would give', async () => {
      const connection = await connect(await start(server, true))
      expect(await listsOf(connection)).toEqual(AFTER)
      expect(connection.authorizations).toHaveLength(1)
    })
  },
)

/** A server of SDK v2 whose author takes its list of tools to be the same for all. */
async function startPublic() {
  const { resource, listener, close } = await listen()
  stop.push(close)
  authorizationServer.register({ resource, scopes: [READ, WRITE], format: 'jwt' })
  const resourceServer = createResourceServer({
    resource,
    authorizationServer: authorizationServer.issuer,
    requiredScopes: [READ],
    policy: { ...POLICY, showStepUp: false },
  })
  stop.push(() => resourceServer.close())
  const cacheHints = { 'tools/list': { ttlMs: 60_000, cacheScope: 'public' as const } }
  const mcp = createMcpHandler(() => notesV2(resourceServer, undefined, { cacheHints }))
  stop.push(() => mcp.close())
  listener(
    getRequestListener(
      fetchGate(resourceServer, (request, { authInfo }) => mcp.fetch(request, { authInfo })),
    ),
  )

  /** A client of 2026-07-28, and the methods that it has sent. */
  const connect = async (scope: string, options: ClientOptions) => {
    const token = await authorizationServer.clientCredentialsToken({ resource, scope })
    const versionNegotiation = { mode: { pin: '2026-07-28' } } as const
    const about = { name: 'lists', version: '1.0.0' }
    const client = new Client(about, { ...options, versionNegotiation })
    const sent: (string | null)[] = []
    await client.connect(
      new StreamableHTTPClientTransport(new URL(resource), {
        fetch: (url, init) => {
          sent.push(new Headers(init?.headers).get('mcp-method'))
          return fetch(url, init)
        },
        requestInit: { headers: { authorization: `Bearer ${token}` } },
      }),
    )
    stop.push(() => client.close())
    const toolNames = async () => (await client.listTools()).tools.map(({ name }) => name)
    return { toolNames, sent }
  }
  return { mcp, connect }
}

describe('lists of SDK v2 that clients keep', () => {
  it('MCP-25: clients with one cache are shown their own, though the server says public', async () => {
    const { connect } = await startPublic()
    const responseCacheStore = new InMemoryResponseCacheStore()
    const writer = await connect(`${READ} ${WRITE}`, { responseCacheStore, cachePartition: 'w' })
    const reader = await connect(READ, { responseCacheStore, cachePartition: 'r' })
    expect(await writer.toolNames()).toEqual(AFTER.tools)
    expect(await reader.toolNames()).toEqual(BEFORE.tools)
    // Both were given their answers from the wire, and keep them: the cache was at work.
    expect(await writer.toolNames()).toEqual(AFTER.tools)
    for (const { sent } of [writer, reader]) {
      expect(sent.filter((method) => method === 'tools/list')).toHaveLength(1)
    }
  })

  it('MCP-25: a client that a stream tells of a change gets its own list again', async () => {
    const { mcp, connect } = await startPublic()
    const { promise, resolve } = Promise.withResolvers<(string | undefined)[] | undefined>()
    const { sent } = await connect(READ, {
      listChanged: {
        tools: {
          debounceMs: 0,
          onChanged: (error, tools) => resolve(error ? undefined : tools?.map(({ name }) => name)),
        },
      },
    })
    expect(sent).toContain('subscriptions/listen')
    mcp.notify.toolsChanged()
    expect(await promise).toEqual(BEFORE.tools)
  })
})
