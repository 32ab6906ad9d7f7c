import { beforeAll, describe, expect, it } from 'vitest'
import { challengesOf } from '../support/challenges.ts'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import {
  connectStockClient,
  type Exchange,
  type StockClientOptions,
  type StockConnection,
  wireOf,
} from '../support/stock-clients.ts'
import { READ, type ServerName, startStockServer, WRITE } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'

const issuerPath = '/realms/acme'

const stop = undoAfterAll()
const addresses = new Map<ServerName, string>()
const addressOf = (server: ServerName): string => addresses.get(server) ?? ''

const BEHIND = [
  'SDK v1 on Express',
  'SDK v2 behind fetchGate',
  'SDK v2 behind mcpGate',
  'SDK v2 on Express',
] as const

const authorizationServer = await startAuthorizationServer({ path: issuerPath })
stop.push(() => authorizationServer.stop())

beforeAll(async () => {
  for (const name of BEHIND) {
    const server = await startStockServer(name, authorizationServer)
    stop.push(() => server.close())
    addresses.set(name, server.resource)
  }
})

async function arrive(options: StockClientOptions): Promise<StockConnection> {
  const connection = await connectStockClient(options)
  stop.push(() => connection.close())
  return connection
}

interface Combination {
  readonly server: ServerName
  readonly client: Pick<StockClientOptions, 'major' | 'protocol'>
  /** What the client sends until it is connected. */
  readonly opening: readonly string[]
  /** The version it then speaks. */
  readonly version: string
}

const shakesHands = ['initialize 200', 'notifications/initialized 202']
const combinations: readonly Combination[] = [
  ...BEHIND.flatMap((server) =>
    ([1, 2] as const).map((major) => ({
      server,
      client: { major, protocol: '2025' as const },
      opening: shakesHands,
      version: '2025-11-25',
    })),
  ),
  {
    server: 'SDK v1 on Express',
    client: { major: 2, protocol: 'auto' },
    opening: ['server/discover 400', ...shakesHands],
    version: '2025-11-25',
  },
  ...BEHIND.filter((server) => server !== 'SDK v1 on Express').flatMap((server) =>
    (['auto', '2026-07-28'] as const).map((protocol) => ({
      server,
      client: { major: 2 as const, protocol },
      opening: ['server/discover 200'],
      version: '2026-07-28',
    })),
  ),
]

describe.each(combinations)(
  'client of SDK v$client.major, $client.protocol, and $server',
  ({ server, client, opening, version }) => {
    const serverUrl = () => addressOf(server)
    const first = opening[0]?.split(' ')[0]
    // With a refresh token a client of v1 does not ask again; see below.
    const refreshTokens = client.major > 1

    it('MCP-2 S4: 401 → metadata → registration → PKCE → token → call', async () => {
      const connection = await arrive({ ...client, serverUrl: serverUrl() })
      expect(await connection.callTool('read_notes')).toMatchObject({ scopes: [READ] })
      expect(wireOf(connection.exchanges)).toEqual([
        `POST /mcp ${first} 401`,
        'GET /.well-known/oauth-protected-resource/mcp 200',
        `GET /.well-known/oauth-authorization-server${issuerPath} 200`,
        `POST ${issuerPath}/register 201`,
        `POST ${issuerPath}/token 200`,
        ...opening.map((line) => `POST /mcp ${line}`),
        'POST /mcp tools/call 200',
      ])
      const [asked] = connection.authorizations
      expect(asked?.searchParams.get('code_challenge_method')).toBe('S256')
      expect(asked?.searchParams.get('resource')).toBe(serverUrl())
    })

    it(`S4: speaks ${version}, and sends its MCP headers with the refused request too`, async () => {
      const connection = await arrive({ ...client, serverUrl: serverUrl() })
      await connection.callTool('read_notes')
      const sent = connection.exchanges.filter(({ rpc }) => rpc !== undefined)
      expect(sent.at(-1)?.headers).toEqual({
        authorization: 'Bearer',
        'mcp-protocol-version': version,
        ...(version === '2025-11-25'
          ? {}
          : { 'mcp-method': 'tools/call', 'mcp-name': 'read_notes' }),
      })
      expect(sent[0]?.status).toBe(401)
      expect(sent[0]?.headers).toEqual(
        first === 'initialize'
          ? {}
          : { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'server/discover' },
      )
    })

    it('MCP-9 MCP-10: gets 403, authorizes again with more scopes, and calls', async () => {
      const connection = await arrive({ ...client, serverUrl: serverUrl(), refreshTokens })
      expect(await connection.callTool('read_notes')).toMatchObject({ scopes: [READ] })
      const before = connection.exchanges.length
      expect(await connection.authorizing(() => connection.callTool('write_note'))).toMatchObject({
        scopes: [READ, WRITE],
      })
      const stepUp = connection.exchanges.slice(before)
      expect(wireOf(stepUp)).toEqual([
        'POST /mcp tools/call 403',
        `POST ${issuerPath}/token 200`,
        'POST /mcp tools/call 200',
      ])
      expect(refusal(stepUp)).toBe(
        challengesOf({
          error: 'insufficient_scope',
          scope: `${READ} ${WRITE}`,
          metadataUrl: metadataOf(serverUrl()),
        }),
      )
      expect(requestedScopes(connection)).toEqual([[READ], [READ, WRITE]])
      // What it could do before it can do still, and is not asked again for what it has.
      await connection.callTool('read_notes')
      await connection.callTool('write_note')
      expect(connection.authorizations).toHaveLength(2)
    })

    it('S5 MCP-10: gets 403 without a challenge when a role is missing, and keeps its token', async () => {
      const connection = await arrive({ ...client, serverUrl: serverUrl() })
      const before = connection.exchanges.length
      const error = await connection.callTool('erase_notes').catch((thrown: unknown) => thrown)
      const refused = connection.exchanges.slice(before)
      expect(wireOf(refused)).toEqual(['POST /mcp tools/call 403'])
      expect(refusal(refused)).toBeUndefined()
      expect(seenBy(client.major, error)).toEqual({
        status: 403,
        body: {
          jsonrpc: '2.0',
          id: expect.any(Number),
          error: {
            code: 403,
            message: 'The caller may not use this operation.',
            data: { correlation_id: expect.any(String) },
          },
        },
      })
      expect(await connection.callTool('read_notes')).toMatchObject({ scopes: [READ] })
      expect(connection.authorizations).toHaveLength(1)
    })

    it('S5: gets 403 for a tool that exists and that no rule names', async () => {
      const connection = await arrive({ ...client, serverUrl: serverUrl() })
      const error = await connection.callTool('burn_notes').catch((thrown: unknown) => thrown)
      expect(seenBy(client.major, error).status).toBe(403)
      expect(connection.authorizations).toHaveLength(1)
    })
  },
)

describe.each(BEHIND)('a step-up at %s', (server) => {
  it('MCP-10: a client of SDK v1 with a refresh token refreshes instead, and gives up', async () => {
    const connection = await arrive({ major: 1, serverUrl: addressOf(server) })
    expect(connection.hasRefreshToken()).toBe(true)
    const before = connection.exchanges.length
    await expect(connection.authorizing(() => connection.callTool('write_note'))).rejects.toThrow(
      'after trying upscoping',
    )
    expect(wireOf(connection.exchanges.slice(before))).toEqual([
      'POST /mcp tools/call 403',
      `POST ${issuerPath}/token 200`,
      'POST /mcp tools/call 403',
    ])
    expect(connection.authorizations).toHaveLength(1)
    expect(await connection.callTool('read_notes')).toMatchObject({ scopes: [READ] })
  })

  it('MCP-10: clients of both majors without a refresh token step up', async () => {
    for (const major of [1, 2] as const) {
      const serverUrl = addressOf(server)
      const connection = await arrive({ major, serverUrl, refreshTokens: false })
      expect(connection.hasRefreshToken()).toBe(false)
      await connection.authorizing(() => connection.callTool('write_note'))
      expect(connection.scopes()).toEqual([READ, WRITE])
    }
  })
})

/** Without `offline_access`, which a client of v2 adds by itself. */
function requestedScopes({ authorizations }: StockConnection): string[][] {
  return authorizations.map(({ searchParams }) =>
    (searchParams.get('scope') ?? '').split(' ').filter((scope) => scope !== 'offline_access'),
  )
}

function refusal(exchanges: readonly Exchange[]): string | undefined {
  return exchanges.find(({ status }) => status === 403)?.challenge
}

/** What a client's own error tells an application of an answer that is no success. */
function seenBy(major: 1 | 2, error: unknown): { status: unknown; body: unknown } {
  const { code, status, message } = error as { code: unknown; status: unknown; message: string }
  const [, body = ''] = /Error POSTing to endpoint: (.*)$/s.exec(message) ?? []
  return { status: major === 1 ? code : status, body: JSON.parse(body) }
}

function metadataOf(resource: string): string {
  const { origin, pathname } = new URL(resource)
  return `${origin}/.well-known/oauth-protected-resource${pathname}`
}
