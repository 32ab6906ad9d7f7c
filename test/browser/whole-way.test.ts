import { beforeAll, describe, expect, it } from 'vitest'
import { type DemoPage, startDemoPage } from '../../examples/demo/page/start-demo-page.ts'
import { startChromium } from '../support/chromium.ts'
import { undoAfterAll } from '../support/undo.ts'
import { DemoPageView } from './support/demo-page.ts'
import { keycloakForPage, PAGE } from './support/keycloak-for-page.ts'
import { confirmLogout, consent, signIn } from './support/keycloak-pages.ts'
import { testRealm } from './support/keycloak-realm.ts'
import { openTab, stepsOf, type Tab } from './support/tab.ts'
import { storageInFrame } from './support/third-party-storage.ts'

// The whole way of a user: the demo page on one origin, the MCP server on another, and Keycloak on another
// site. The steps use the page one after the other, and do what a user does: press, type, read.

/** Keycloak’s tokens live for 20 s here, and clocks may differ by 5 s. */
const PATIENTLY = { timeout: 90_000, interval: 1000 }

const stop = undoAfterAll()
const realm = testRealm('whole-way')
const browser = await startChromium()
stop.push(() => browser.close())
let demo: DemoPage
let tab: Tab
let page: DemoPageView

beforeAll(async () => {
  demo = await startDemoPage({
    authorizationServer: (place) => keycloakForPage(realm, place),
    // Streams end with their token.
    gate: { streamGrace: 0 },
  })
  stop.push(() => demo.close())
})

async function openDemo(): Promise<void> {
  tab = await openTab(browser)
  const view = new DemoPageView(tab.page)
  stop.push(() => view[Symbol.dispose]())
  page = view
  await tab.page.goto(demo.url)
}

describe('Alice, at the page of an MCP client', () => {
  beforeAll(openDemo)
  stepsOf(() => tab)

  it('S4 MCP-1 MCP-2 MCP-8: signs in, and the page finds Keycloak by the URL of the MCP server alone', async () => {
    await page.press('Sign in')
    await atKeycloak()
    const { searchParams } = tab.visited.at(-1) as URL
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      client_id: PAGE,
      code_challenge_method: 'S256',
      resource: demo.resource,
      scope: expect.stringMatching(/\bmcp:tools\b/),
    })
    expect(searchParams.get('scope')).not.toContain('mcp:write')
  })

  it('S5: types her password into Keycloak’s own page, and not into the client', async () => {
    expect(tab.page.url()).toContain(realm.issuer)
    await signIn(tab.page)
  })

  it('S5: agrees to what the client wants, and is back at the page, connected', async () => {
    expect(await consent(tab.page)).toContain('mcp:tools')
    await page.says('Signed in, and connected.')
    expect(tab.page.url()).toBe(demo.url)
    const [first, ...others] = await page.verdicts()
    expect(first).toBe('401 credentials_missing')
    expect(new Set(others)).toEqual(new Set(['200']))
  })

  it('S5: has a browser that keeps nothing for third parties, so nothing of this relies on that', async () => {
    expect(await storageInFrame(tab.page.context(), new URL(realm.issuer).origin)).toEqual({
      storage: 'SecurityError',
      cookies: '',
    })
  })

  it('MCP-28: calls a tool, with a token that is bound to a key in the browser', async () => {
    await page.does('Call a tool', 'add_numbers(2, 3) returned 5.')
    expect((await page.verdicts()).at(-1)).toBe('200')
    expect(page.possession()).toEqual(['dpop'])
  })

  it('MCP-9 MCP-10: wants more: Keycloak asks for that one right, and the call succeeds', async () => {
    await page.press('Step up')
    const asked = await consent(tab.page)
    expect(asked).toContain('Change things')
    expect(asked).not.toContain('mcp:tools')
    await page.says('The user has agreed to the further scope.')
    const verdicts = await page.verdicts()
    expect(verdicts).toContain('403 scope_missing')
    expect(verdicts.at(-1)).toBe('200')
  })

  it('MCP-7: works on when the token has expired: 401, a refresh without a page, and the call', async () => {
    const visited = tab.visited.length
    await callsUntilRefreshed()
    expect(tab.visited).toHaveLength(visited)
  })

  it('MCP-26: opens an event stream, which ends with its token', async () => {
    await page.does('Open stream', 'The event stream is open.')
    await page.says(/^The event stream has ended/)
  })

  it('MCP-26: opens another one, with a new token', async () => {
    await callsUntilRefreshed()
    await page.does('Open stream', 'The event stream is open.')
    expect(await page.verdicts()).toEqual(['200'])
  })

  it('BCL-1 REV-1: is logged out at Keycloak: the stream ends, and the next call is refused at once', async () => {
    await page.does('Log out', 'the next call with its token was refused at once.')
    expect(await page.verdicts()).toEqual(['401 token_revoked'])
    await expect.poll(async () => (await page.notes()).join()).toContain('streams_ended')
  })

  it('S5: signs in again: the password once more, and no second consent', async () => {
    await page.press('Sign in')
    await atKeycloak()
    await signIn(tab.page)
    await page.says('Signed in, and connected.')
  })

  it('BCL-1 REV-1: logs out at Keycloak’s own page: the client’s call is refused, and it asks her to sign in', async () => {
    await tab.page.goto(`${realm.issuer}/protocol/openid-connect/logout?client_id=${PAGE}`)
    await confirmLogout(tab.page)
    await tab.page.getByRole('heading', { name: 'You are logged out' }).waitFor()
    await tab.page.goto(demo.url)
    await page.press('Call a tool')
    await atKeycloak()
    await signIn(tab.page)
    await page.says('add_numbers(2, 3) returned 5.')
    expect((await page.verdicts())[0]).toBe('401 token_revoked')
  })

  /** Presses "Call a tool" again and again. Every call succeeds, also the one with an expired token. */
  async function callsUntilRefreshed(): Promise<void> {
    const calling = async () => {
      await page.does('Call a tool', 'add_numbers(2, 3) returned 5.')
      return page.verdicts()
    }
    await expect.poll(calling, PATIENTLY).toEqual(['401 token_expired', '200'])
  }

  const atKeycloak = () => tab.page.waitForURL((url) => url.href.startsWith(realm.issuer))
})

describe('a stranger, at the same page', () => {
  beforeAll(openDemo)
  stepsOf(() => tab)

  it.each([
    ['S1.3 RFC6750-2', 'without a token', 'No token', ['401 credentials_missing']],
    ['MCP-7', 'with a token that has expired', 'Expired token', ['401 token_expired']],
    ['MCP-14', 'with a token for another audience', 'Wrong audience', ['401 audience_missing']],
    [
      'RFC9449-2',
      'with a bound token, without its key or with another',
      'Stolen bound token',
      ['401 sender_constraint_unmet', '401 dpop_key_mismatch'],
    ],
  ])('%s S1.13: is refused %s, and learns no reason', async (_ids, _how, button, verdicts) => {
    await page.does(button, /Refused|The thief gets 401/)
    expect(await page.verdicts()).toEqual(verdicts)
    const told = await tab.page.getByRole('region', { name: 'Client' }).innerText()
    for (const verdict of verdicts) expect(told).not.toContain(verdict.slice('401 '.length))
  })
})
