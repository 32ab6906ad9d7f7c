import { beforeAll, describe, expect, it } from 'vitest'
import { keycloak } from '../../src/keycloak/index.ts'
import { REVOCATION_CHANNEL, type RevocationEvent } from '../../src/telemetry/events.ts'
import { type BothEraServer, startBothEraServer } from '../support/both-era-servers.ts'
import { startChromium } from '../support/chromium.ts'
import { listenTo, listenToDecisions } from '../support/events.ts'
import { READ, WRITE } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'
import { consent, signIn } from './support/keycloak-pages.ts'
import { testRealm } from './support/keycloak-realm.ts'
import { type OpenPage, openPage } from './support/open-page.ts'
import { startPageServer } from './support/page-server.ts'

// The event stream of a session (GET, 2025-11-25), which the page reads with the browser's `fetch`.

const PAGE = 'page'
/** Seconds. */
const TOKEN_LIFETIME = 12

const stop = undoAfterAll()
const realm = testRealm('event-stream')
const pages = await startPageServer()
stop.push(() => pages.close())
const browser = await startChromium()
stop.push(() => browser.close())
const origin = pages.originOn('127.0.0.1')
let server: BothEraServer

beforeAll(async () => {
  const { issuer } = realm
  server = await startBothEraServer(
    'Express',
    { issuer, register: () => {} },
    {
      authorizationServer: keycloak(issuer, { backchannelLogout: PAGE }),
      allowedOrigins: [origin],
      streamGrace: 0,
    },
  )
  stop.push(() => server.close())
  await realm.import({
    resource: server.resource,
    scopes: [READ],
    optionalScopes: [WRITE],
    accessTokenLifetime: TOKEN_LIFETIME,
    revocation: { backchannelLogout: true },
    clients: [{ clientId: PAGE, redirectUris: [`${origin}/callback`], webOrigins: [origin] }],
  })
  stop.push(() => realm.remove())
})

describe('a page with an open event stream, and Keycloak', () => {
  it('MCP-26 REV-1: hears of changes; reconnects with a new token when its own expires; and falls silent at logout', async () => {
    const page = await openPage(browser, origin)
    await page.tab.evaluate(`sessionStorage.setItem('client', '{"client_id":"${PAGE}"}')`)
    const settings = {
      serverUrl: server.resource,
      major: 2,
      era: '2025-11-25',
      dpop: true,
    } as const
    const connected = page.perform({ name: 'connect', settings })
    await signIn(page.tab)
    await consent(page.tab)
    await connected

    await expect.poll(() => streams(page)).toEqual([200])
    server.announce()
    await page.perform({ name: 'await-list-changed' })

    // Until the clock tolerance is over, the expired token opens a stream once more.
    await expect
      .poll(async () => (await streams(page)).join(' '), { timeout: 60_000 })
      .toMatch(/^200( 200)* 401 200$/)

    using revocations = listenTo<RevocationEvent>(REVOCATION_CHANNEL)
    using decisions = listenToDecisions()
    await realm.logOut(await realm.idOfAlice())
    await expect.poll(() => revocations.events.map(({ kind }) => kind)).toContain('streams_ended')
    await expect.poll(() => decisions.events.map(({ reason }) => reason)).toContain('token_revoked')
  })
})

/** The status of each stream that the page asked for. */
async function streams(page: OpenPage): Promise<readonly (number | undefined)[]> {
  return (await page.exchanges())
    .filter(({ method, url }) => method === 'GET' && url === server.resource)
    .map(({ answer }) => answer?.status)
}
