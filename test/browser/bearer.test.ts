import { beforeEach, describe, expect, it } from 'vitest'
import { type BothEraServer, startBothEraServer } from '../support/both-era-servers.ts'
import { READ } from '../support/stock-servers.ts'
import type { PageSettings } from './page/messages.ts'
import { startBrowserTests } from './support/browser-tests.ts'
import { callsIn, wireOf } from './support/exchanges.ts'
import type { OpenPage } from './support/open-page.ts'

const { authorizationServer, stop, allowedOrigin, open } = await startBrowserTests()

const CLIENTS = [
  { major: 1, era: '2025-11-25', first: 'initialize' },
  { major: 2, era: '2025-11-25', first: 'initialize' },
  { major: 2, era: '2026-07-28', first: 'server/discover' },
] as const satisfies readonly (Pick<PageSettings, 'major' | 'era'> & { first: string })[]

describe.each(CLIENTS)('a page without DPoP, SDK v$major, $era', ({ major, era, first }) => {
  let server: BothEraServer
  let page: OpenPage

  // A server for each test: a browser remembers preflights by address.
  beforeEach(async () => {
    server = await startBothEraServer('Express', authorizationServer, {
      allowedOrigins: [allowedOrigin],
    })
    stop.push(() => server.close())
    page = await open(allowedOrigin)
    const settings = { serverUrl: server.resource, major, era, dpop: false }
    await page.perform({ name: 'connect', settings })
  })

  it('RFC9728-6: reads both challenges, and calls with a bearer token', async () => {
    expect(await page.perform({ name: 'call', tool: 'read_notes' })).toMatchObject({
      scopes: [READ],
    })
    const exchanges = await page.exchanges()
    expect(wireOf(exchanges)).toEqual([
      `POST /mcp ${first} 401`,
      'GET /.well-known/oauth-protected-resource/mcp 200',
      'GET /.well-known/oauth-authorization-server/realms/acme 200',
      'POST /realms/acme/register 201',
      'POST /realms/acme/token 200',
      `POST /mcp ${first} 200`,
      ...(era === '2025-11-25' ? ['POST /mcp notifications/initialized 202'] : []),
      'POST /mcp tools/call 200',
    ])
    expect(exchanges[0]?.answer?.headers['www-authenticate']).toMatch(/^Bearer .*, DPoP /)
    const [call] = callsIn(exchanges)
    expect(call?.sent.authorization).toMatch(/^Bearer /)
    expect(call?.sent).not.toHaveProperty('dpop')
  })

  it('MCP-28: asks no second preflight for the same call', async () => {
    const preflights = () => page.preflights.filter((line) => line === `POST ${server.resource}`)
    await page.perform({ name: 'call', tool: 'read_notes' })
    const asked = preflights().length
    expect(asked).toBeGreaterThan(0)
    await page.perform({ name: 'call', tool: 'read_notes' })
    await page.perform({ name: 'call', tool: 'read_notes' })
    expect(callsIn(await page.exchanges())).toHaveLength(3)
    expect(preflights()).toHaveLength(asked)
  })
})
