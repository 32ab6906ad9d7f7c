import { beforeAll, describe, expect, it, vi } from 'vitest'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import {
  connectStockClient,
  type Exchange,
  type StockClientOptions,
  type StockConnection,
} from '../support/stock-clients.ts'
import { POLICY, READ, type ServerName, startStockServer, WRITE } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'

/** A tool whose name cannot stand in a header as it is. */
const UMLAUT_TOOL = 'notiz_löschen_✗'

/** One server, one gate and one address for clients of either era. */
const SERVERS = [
  { server: 'SDK v2 behind fetchGate', hasSessions: false },
  { server: 'SDK v2 on Express', hasSessions: false },
  { server: 'sessions of SDK v1 beside SDK v2', hasSessions: true },
] as const satisfies readonly { server: ServerName; hasSessions: boolean }[]

const CLIENTS = [
  { major: 1, protocol: '2025', version: '2025-11-25' },
  { major: 2, protocol: '2025', version: '2025-11-25' },
  { major: 2, protocol: '2026-07-28', version: '2026-07-28' },
  { major: 2, protocol: 'auto', version: '2026-07-28' },
] as const satisfies readonly (Pick<StockClientOptions, 'major' | 'protocol'> & {
  version: string
})[]

const stop = undoAfterAll()
const addresses = new Map<ServerName, string>()
const authorizationServer = await startAuthorizationServer()
stop.push(() => authorizationServer.stop())

beforeAll(async () => {
  // Both majors of the SDK warn of such a name whenever a server is made.
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  stop.push(() => warn.mockRestore())
  const tools = { ...POLICY.tools, [UMLAUT_TOOL]: { scopes: [WRITE] } }
  const operations = { ...POLICY, tools }
  for (const { server } of SERVERS) {
    const running = await startStockServer(server, authorizationServer, { policy: operations }, [
      UMLAUT_TOOL,
    ])
    stop.push(() => running.close())
    addresses.set(server, running.resource)
  }
})

/** One that steps up in either major: without a refresh token. */
async function arrive(
  server: ServerName,
  client: Pick<StockClientOptions, 'major' | 'protocol'>,
): Promise<StockConnection> {
  const serverUrl = addresses.get(server) ?? ''
  const connection = await connectStockClient({ ...client, serverUrl, refreshTokens: false })
  stop.push(() => connection.close())
  return connection
}

const lastCall = (exchanges: readonly Exchange[]) =>
  exchanges.filter(({ rpc }) => rpc === 'tools/call').at(-1)

describe.each(SERVERS.flatMap((about) => CLIENTS.map((client) => ({ ...about, client }))))(
  '$server, and a client of SDK v$client.major, $client.protocol',
  ({ server, hasSessions, client }) => {
    const { version } = client
    const inSession = hasSessions && version === '2025-11-25'

    it(`S4 MCP-20: it speaks ${version}, ${inSession ? 'in a session' : 'without a session'}`, async () => {
      const connection = await arrive(server, client)
      expect(await connection.callTool('read_notes')).toMatchObject({ scopes: [READ] })
      const { headers, status } = lastCall(connection.exchanges) ?? {}
      expect(status).toBe(200)
      expect(headers?.['mcp-protocol-version']).toBe(version)
      expect(headers?.['mcp-session-id'] !== undefined).toBe(inSession)
    })

    it('MCP-9 S5: it steps up for a missing scope, and gets 403 for a missing role', async () => {
      const connection = await arrive(server, client)
      await connection.authorizing(() => connection.callTool('write_note'))
      expect(connection.scopes()).toEqual([READ, WRITE])
      await expect(connection.callTool('erase_notes')).rejects.toThrow(
        'The caller may not use this operation.',
      )
      expect(lastCall(connection.exchanges)).toMatchObject({ status: 403, challenge: undefined })
      await expect(connection.client.readResource({ uri: 'notes://secret' })).rejects.toThrow(
        version === '2026-07-28'
          ? 'Resource not found: notes://secret'
          : 'The caller may not use this operation.',
      )
      const { contents } = await connection.client.readResource({ uri: 'notes://drafts/7' })
      expect(contents).toMatchObject([{ uri: 'notes://drafts/7' }])
      await connection.client.getPrompt({ name: 'draft_reply' })
      // The session, where there is one, is still the caller's own with the wider token.
      expect(connection.authorizations).toHaveLength(2)
    })

    it('MCP-23: it steps up for a tool whose name is not ASCII, and calls it', async () => {
      const connection = await arrive(server, client)
      const call = () => connection.callTool(UMLAUT_TOOL)
      expect(await connection.authorizing(call)).toMatchObject({ scopes: [READ, WRITE] })
      const calls = connection.exchanges.filter(({ rpc }) => rpc === 'tools/call')
      expect(calls.map(({ status }) => status)).toEqual([403, 200])
      const name = Buffer.from(UMLAUT_TOOL).toString('base64')
      for (const { headers } of calls) {
        expect(headers['mcp-name']).toBe(
          version === '2026-07-28' ? `=?base64?${name}?=` : undefined,
        )
      }
    })
  },
)
