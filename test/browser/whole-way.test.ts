import { beforeAll, describe, expect, it } from 'vitest'
import { type DemoPage, startDemoPage } from '../../examples/demo/page/start-demo-page.ts'
import { undoAfterAll } from '../support/undo.ts'
import { startChromium } from './support/chromium.ts'
import { DemoPageView } from './support/demo-page.ts'
import { keycloakForPage, PAGE } from './support/keycloak-for-page.ts'
import { confirmLogout, consent, signIn } from './support/keycloak-pages.ts'
import { testRealm } from './support/keycloak-realm.ts'
import { openTab, stepsOf, type Tab } from './support/tab.ts'

// The whole way of a user: the demo page on one origin, the MCP server on another, and Keycloak on another
// site. The steps use the page one after the other, and do what a user does: press, type, read.

const stop = undoAfterAll()
const realm = testRealm('whole-way')
let demo: DemoPage
let tab: Tab
let page: DemoPageView

beforeAll(async () => {
  const browser = await startChromium()
  stop.push(() => browser.close())
  demo = await startDemoPage({
    authorizationServer: (place) => keycloakForPage(realm, place),
    gate: { streamGrace: 1 },
  })
  stop.push(() => demo.close())
  tab = await openTab(browser)
  page = new DemoPageView(tab.page)
  await tab.page.goto(demo.url)
})

describe('Alice, at the page of an MCP client', () => {
  stepsOf(() => tab)

  it('S4 MCP-1 MCP-2 MCP-8: presses "Sign in", and the page finds Keycloak by the URL of the MCP server', async () => {
    await page.press('Sign in')
    await tab.page.waitForURL(`${realm.issuer}/**`)
    const { searchParams } = tab.visited.at(-1) as URL
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      client_id: PAGE,
      code_challenge_method: 'S256',
      resource: demo.resource,
    })
    expect(searchParams.get('scope')?.split(' ')).toContain('mcp:tools')
    expect(searchParams.get('scope')?.split(' ')).not.toContain('mcp:write')
  })

  it('S4 S5: signs in at Keycloak’s own page, agrees, and is connected', async () => {
    await signIn(tab.page)
    await consent(tab.page)
    await page.says('Signed in, and connected.')
    expect(tab.page.url()).toBe(demo.url)
    console.log(await page.verdicts())
  })

  it('MCP-28: calls a tool, with a token that is bound to the key in the browser', async () => {
    await page.does('Call a tool', 'add_numbers(2, 3) returned 5.')
    console.log(await page.verdicts())
  })

  it('MCP-9 MCP-10: wants to do more: Keycloak asks for that one right, and the call succeeds', async () => {
    await page.press('Step up')
    const asked = await consent(tab.page)
    console.log(asked)
    await page.says('The user has agreed to the further scope.')
    console.log(await page.verdicts())
  })

  it('MCP-7: comes back when the token has expired: the client refreshes it, and the call goes on', async () => {
    await expect
      .poll(
        async () => {
          await page.does('Call a tool', 'add_numbers(2, 3) returned 5.')
          return page.verdicts()
        },
        { timeout: 90_000, interval: 1000 },
      )
      .toEqual(['401 token_expired', '200'])
  })

  it('opens a stream', async () => {
    await page.does('Open stream', 'The event stream is open.')
    console.log(await page.verdicts())
  })
  it('logs out', async () => {
    await page.press('Log out')
    await tab.page.waitForTimeout(3000)
    console.log(await page.verdicts())
    await tab.page.screenshot({ path: '/tmp/ww.png', fullPage: true })
  })
  it.each(['No token', 'Expired token', 'Wrong audience', 'Stolen bound token'])(
    '%s',
    async (name) => {
      await page.press(name)
      await tab.page.waitForTimeout(6000)
      console.log(await page.verdicts())
    },
  )
  it('signs in again', async () => {
    await page.press('Sign in')
    await tab.page.waitForTimeout(3000)
    console.log(tab.page.url())
    await signIn(tab.page)
    await page.says('Signed in, and connected.')
  })
  it('logs out at keycloak', async () => {
    await tab.page.goto(`${realm.issuer}/protocol/openid-connect/logout?client_id=${PAGE}`)
    await confirmLogout(tab.page)
    await tab.page.waitForTimeout(1000)
    await tab.page.goto(demo.url)
    await page.press('Call a tool')
    await tab.page.waitForTimeout(3000)
    console.log(tab.page.url())
    await signIn(tab.page)
    await page.says('add_numbers(2, 3) returned 5.')
    console.log(await page.verdicts())
  })
})
