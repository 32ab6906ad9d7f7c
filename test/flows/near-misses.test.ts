import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  CLIENT_LOOPING_CHANNEL,
  type ClientLoopingEvent,
  DECISION_CHANNEL,
  type DecisionEvent,
} from '../../src/telemetry/events.ts'
import { eventually } from '../support/decisions.ts'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import { connectStockClient, type StockClientOptions } from '../support/stock-clients.ts'
import { READ, type RunningServer, startStockServer, WRITE } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'

// Stock clients that ask for a token with an audience that nearly fits: they log in, are refused, and log
// in again.

const stop = undoAfterAll()
const decisions: DecisionEvent[] = []
const loops: ClientLoopingEvent[] = []
const collectDecision = (event: unknown) => void decisions.push(event as DecisionEvent)
const collectLoop = (event: unknown) => void loops.push(event as ClientLoopingEvent)

const authorizationServer = await startAuthorizationServer({ path: '/realms/acme' })
stop.push(() => authorizationServer.stop())
let server: RunningServer

beforeAll(() => {
  subscribe(DECISION_CHANNEL, collectDecision)
  subscribe(CLIENT_LOOPING_CHANNEL, collectLoop)
})
afterAll(() => {
  unsubscribe(DECISION_CHANNEL, collectDecision)
  unsubscribe(CLIENT_LOOPING_CHANNEL, collectLoop)
})
beforeEach(async () => {
  server = await startStockServer('SDK v2 on Express', authorizationServer)
  stop.push(() => server.close())
  decisions.length = 0
  loops.length = 0
})

/** The signature of a refused token is checked after the answer. */
async function reported(): Promise<ClientLoopingEvent | undefined> {
  await eventually(() => expect(loops).not.toEqual([]))
  return loops[0]
}

/** The spellings that clients ask for, and that the authorization server issues tokens for. */
const SPELLINGS = [
  ['audience_origin', ({ origin }: URL) => `${origin}/`],
  ['audience_slash', ({ href }: URL) => `${href}/`],
  ['audience_loopback', ({ href }: URL) => href.replace('127.0.0.1', 'localhost')],
] as const

const clients: readonly Pick<StockClientOptions, 'major' | 'refreshTokens'>[] = [
  { major: 1, refreshTokens: false },
  { major: 1, refreshTokens: true },
  { major: 2, refreshTokens: false },
  { major: 2, refreshTokens: true },
]

describe.each(clients)('SDK v$major, refresh tokens: $refreshTokens', (client) => {
  it.each(SPELLINGS)('%s: the loop is seen, and named with its cure', async (nearMiss, spell) => {
    const asked = spell(new URL(server.resource))
    authorizationServer.register({ resource: asked, scopes: [READ, WRITE], format: 'jwt' })
    const connecting = connectStockClient({
      ...client,
      serverUrl: server.resource,
      asksFor: () => new URL(asked),
      logins: 4,
    })
    await expect(connecting).rejects.toThrow()
    expect(await reported()).toMatchObject({
      kind: 'client_looping',
      verified: true,
      issuer: authorizationServer.issuer,
      clientId: expect.any(String),
      reason: 'audience_mismatch',
      nearMiss,
      refusals: 3,
      detail: expect.stringContaining(`"aud" is "${asked}"`),
      remedy: expect.stringContaining('`additionalAudiences`'),
    })
    const refused = decisions.filter(({ reason }) => reason === 'audience_mismatch')
    expect(refused.length).toBeGreaterThanOrEqual(3)
    expect(new Set(refused.map((event) => event.nearMiss))).toEqual(new Set([nearMiss]))
    expect(decisions.some(({ outcome }) => outcome === 'allowed')).toBe(false)
  })

  it('a client that asks for the right resource is none', async () => {
    const connection = await connectStockClient({ ...client, serverUrl: server.resource })
    await connection.callTool('read_notes')
    await connection.close()
    expect(loops).toEqual([])
  })
})

it.each([
  // A client of SDK v1 asks for a scope once for each connection, and then gives up by itself.
  { major: 1, refused: 2 },
  { major: 2, refused: 3 },
] as const)(
  'SDK v$major: a scope that the authorization server never gives is refused $refused times',
  async ({ major, refused }) => {
    const stingy = await startStockServer('SDK v2 on Express', authorizationServer, {
      policy: { tools: { read_notes: { scopes: ['notes:never'] } } },
    })
    stop.push(() => stingy.close())
    const options = { major, refreshTokens: false, serverUrl: stingy.resource }
    const connection = await connectStockClient(options)
    stop.push(() => connection.close())
    for (let login = 0; login < 3; login += 1) {
      await connection.authorizing(() => connection.callTool('read_notes')).catch(() => {})
    }
    if (refused < 3) {
      // Time enough for a report, if there were one.
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(loops).toEqual([])
    } else {
      const event = await reported()
      expect(event).toMatchObject({ verified: true, reason: 'scope_missing', refusals: 3 })
      expect(event?.remedy).toContain('`initialScopes`')
    }
    const tokens = decisions.filter(({ reason }) => reason === 'scope_missing')
    expect(tokens.length).toBeGreaterThanOrEqual(refused)
  },
)
