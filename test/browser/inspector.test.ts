import { beforeAll, describe, expect, it } from 'vitest'
import { keycloak } from '../../src/keycloak/index.ts'
import type { DecisionEvent } from '../../src/telemetry/events.ts'
import { type BothEraServer, startBothEraServer } from '../support/both-era-servers.ts'
import { startChromium } from '../support/chromium.ts'
import { type Listening, listenToDecisions } from '../support/events.ts'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import { READ, WRITE } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'
import { type Inspector, startInspector } from './support/inspector.ts'
import { consent, signIn } from './support/keycloak-pages.ts'
import { testRealm } from './support/keycloak-realm.ts'
import { openTab, stepsOf, type Tab } from './support/tab.ts'

// The stock Inspector, as its package brings it: its page in the browser, and its own Node process, which
// sends the page's requests to the MCP server. So the MCP server needs no `allowedOrigins` for it.

const stop = undoAfterAll()
const browser = await startChromium()
stop.push(() => browser.close())

/** Something that ends with this file, whatever fails after its start. */
async function running<T extends { close(): unknown }>(starting: Promise<T>): Promise<T> {
  const started = await starting
  stop.push(() => started.close())
  return started
}

/** An authorization server, and what the user does at its pages. */
interface Place {
  readonly name: string
  start(): Promise<{ readonly server: BothEraServer; readonly inspector: Inspector }>
  signIn(tab: Tab): Promise<void>
  stepUp(tab: Tab): Promise<void>
}

/** Signs everybody in without a page, and lets every client register. */
const embedded: Place = {
  name: 'an authorization server that registers it',
  async start() {
    const authorizationServer = await startAuthorizationServer({ path: '/realms/acme' })
    stop.push(() => authorizationServer.stop())
    const server = await running(startBothEraServer('Express', authorizationServer))
    return { server, inspector: await running(startInspector(server.resource)) }
  },
  signIn: async () => {},
  stepUp: async () => {},
}

const ofKeycloak: Place = {
  name: 'Keycloak, which knows it by its client id',
  async start() {
    const realm = testRealm('inspected')
    const { issuer } = realm
    const none = { issuer, register: () => {} }
    const trust = { authorizationServer: keycloak(issuer) }
    const server = await running(startBothEraServer('Express', none, trust))
    const inspector = await running(startInspector(server.resource, 'inspector'))
    await realm.import({
      resource: server.resource,
      scopes: [READ],
      optionalScopes: [WRITE],
      clients: [{ clientId: 'inspector', redirectUris: [inspector.redirectUri] }],
    })
    stop.push(() => realm.remove())
    return { server, inspector }
  },
  async signIn({ page }) {
    await signIn(page)
    await consent(page)
  },
  async stepUp({ page }) {
    await consent(page)
  },
}

describe.each([embedded, ofKeycloak])('the page of the MCP Inspector, with $name', (place) => {
  let server: BothEraServer
  let inspector: Inspector
  let tab: Tab
  let decisions: Listening<DecisionEvent>
  stepsOf(() => tab)

  beforeAll(async () => {
    ;({ server, inspector } = await place.start())
    tab = await openTab(browser)
    decisions = listenToDecisions()
    stop.push(() => decisions[Symbol.dispose]())
    // The page's fonts come from the internet, which a test does not need.
    await tab.page.route(/fonts\.googleapis\.com/, (route) => route.abort())
  })

  const statuses = () => decisions.events.map(({ status }) => status)
  const execute = async (tool: string) => {
    await tab.page.getByRole('button', { name: tool, exact: true }).click()
    await tab.page.getByRole('button', { name: 'Execute Tool' }).click()
  }

  it('S3 MCP-1 MCP-2: connects after the user has signed in', async () => {
    const { page } = tab
    await page.goto(inspector.url)
    await page.getByRole('switch', { name: /^Connect or disconnect/ }).dispatchEvent('click')
    await place.signIn(tab)
    await page.getByText('Connected', { exact: true }).waitFor()
    expect(statuses().slice(0, 2)).toEqual([401, 200])
    const [authorize] = signIns()
    expect(authorize?.get('resource')).toBe(server.resource)
    expect(authorize?.get('scope')?.split(' ')).toContain(READ)
    expect(authorize?.get('redirect_uri')).toBe(inspector.redirectUri)
  })

  it('S3: lists the tools that the user may call', async () => {
    await tab.page.getByRole('radiogroup').getByText('Tools', { exact: true }).click()
    await tab.page.getByText('Tools (2)').waitFor()
    for (const name of ['read_notes', 'write_note']) {
      await tab.page.getByRole('button', { name, exact: true }).waitFor()
    }
  })

  it('S3: calls a tool', async () => {
    await execute('read_notes')
    await tab.page.getByText(/^Asked by /).waitFor()
    expect(statuses()).not.toContain(403)
  })

  it('MCP-9 MCP-10: asks the user to authorize one more scope, and calls the tool that needs it', async () => {
    const { page } = tab
    decisions.clear()
    await execute('write_note')
    await page.getByText('Additional permissions required').waitFor()
    expect(decisions.events.map(({ status, reason }) => [status, reason])).toContainEqual([
      403,
      'scope_missing',
    ])
    await page.getByRole('button', { name: 'Authorize' }).click()
    await place.stepUp(tab)
    expect(signIns().at(-1)?.get('scope')?.split(' ')).toEqual(
      expect.arrayContaining([READ, WRITE]),
    )
  })

  /** The parameters of each authorization request. */
  function signIns(): readonly URLSearchParams[] {
    return tab.visited
      .filter(({ searchParams }) => searchParams.has('code_challenge'))
      .map(({ searchParams }) => searchParams)
  }
})
