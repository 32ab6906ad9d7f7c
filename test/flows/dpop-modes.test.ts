import { describe, expect, it } from 'vitest'
import { DECISION_CHANNEL, type DecisionEvent } from '../../src/telemetry/events.ts'
import { startBothEraServer } from '../support/both-era-servers.ts'
import { connectWithKey, lastAllowed, lastOf, REFUSED_ATTEMPTS } from '../support/dpop-flows.ts'
import { collectEvents } from '../support/events.ts'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import { connectStockClient } from '../support/stock-clients.ts'
import { POLICY, READ, WRITE } from '../support/stock-servers.ts'
import { tryStolenRequest, wiretap } from '../support/thief.ts'
import { undoAfterAll } from '../support/undo.ts'

const stop = undoAfterAll()
const events = collectEvents<DecisionEvent>(DECISION_CHANNEL)
const authorizationServer = await startAuthorizationServer({ path: '/realms/acme' })
stop.push(() => authorizationServer.stop())

describe('clients that have no DPoP key', () => {
  const MAJORS = [1, 2] as const

  it.each(MAJORS)(
    'RFC9449-4 MCP-28: of SDK v%i are served unchanged where DPoP is accepted',
    async (major) => {
      const server = await startBothEraServer('Express', authorizationServer)
      stop.push(() => server.close())
      const connection = await connectStockClient({ major, serverUrl: server.resource })
      stop.push(() => connection.close())
      expect(await connection.callTool('read_notes')).toMatchObject({ scopes: [READ] })
      expect(connection.oauth.tokens()?.token_type).toBe('Bearer')
      expect(lastAllowed(events).possession).toEqual([])
      const [refused] = connection.exchanges
      expect(refused?.challenge).toMatch(
        /^Bearer scope="[^"]+", resource_metadata="[^"]+", DPoP .*algs="/,
      )
    },
  )

  it.each(MAJORS)('MCP-28: of SDK v%i get a clear 401 where DPoP is required', async (major) => {
    const server = await startBothEraServer('Express', authorizationServer, { dpop: 'required' })
    stop.push(() => server.close())
    const { fetch, seen } = wiretap()
    await expect(connectStockClient({ major, serverUrl: server.resource, fetch })).rejects.toThrow(
      '401',
    )
    const refused = seen.filter(({ url, status }) => url === server.resource && status === 401)
    const challenge = lastOf(refused).answerHeaders.get('www-authenticate')
    expect(challenge).toMatch(/^DPoP /)
    expect(challenge).not.toContain('Bearer')
    expect(events.at(-1)).toMatchObject({ status: 401, reason: 'dpop_required' })
    expect(server.reached).toEqual([])
    const metadata = seen.find(({ url }) => url.includes('oauth-protected-resource'))
    expect(metadata?.status).toBe(200)
  })

  it('MCP-28: are served by every tool but one whose rule needs a bound token', async () => {
    const tools = { ...POLICY.tools, write_note: { scopes: [READ], dpop: true } } as const
    const policy = { ...POLICY, tools }
    const server = await startBothEraServer('Express', authorizationServer, { policy })
    stop.push(() => server.close())
    const serverUrl = server.resource
    const bearer = await connectStockClient({ major: 2, serverUrl })
    stop.push(() => bearer.close())
    await bearer.callTool('read_notes')
    await expect(bearer.callTool('write_note')).rejects.toThrow('401')
    const refused = lastOf(events.filter(({ outcome }) => outcome === 'challenged'))
    expect(refused).toMatchObject({ status: 401, reason: 'dpop_required' })
    await bearer.callTool('read_notes')

    const bound = await connectWithKey({ serverUrl })
    expect(await bound.callTool('write_note')).toMatchObject({ scopes: [READ] })
  })

  it('MCP-28: a client with a key is served where DPoP is required, and a thief who sends its token as Bearer is not', async () => {
    const server = await startBothEraServer('Express', authorizationServer, { dpop: 'required' })
    stop.push(() => server.close())
    const connection = await connectWithKey({ serverUrl: server.resource })
    await connection.authorizing(() => connection.callTool('write_note'))
    expect(connection.scopes()).toEqual([READ, WRITE])
    expect(await tryStolenRequest(events, lastOf(connection.calls()))).toEqual({
      ...REFUSED_ATTEMPTS,
      'as Bearer': '401 dpop_required',
    })
  })
})
