import type { Browser } from 'playwright-core'
import { startChromium } from '../../support/chromium.ts'
import {
  type DisposableAuthorizationServer,
  startAuthorizationServer,
} from '../../support/issuers/authorization-server.ts'
import { undoAfterAll } from '../../support/undo.ts'
import { type OpenPage, openPage } from './open-page.ts'
import { startPageServer } from './page-server.ts'

/** What every file of this tier needs: an authorization server, a browser, and pages. */
export interface BrowserTests {
  readonly authorizationServer: DisposableAuthorizationServer
  readonly browser: Browser
  /** Steps that undo what the file has started. */
  readonly stop: (() => unknown)[]
  /** The origin of the page that MCP servers allow. */
  readonly allowedOrigin: string
  /** The same page on an origin that no MCP server allows. */
  readonly otherOrigin: string
  open(origin: string): Promise<OpenPage>
}

/** Call it at the top of a test file. Everything ends with the file. */
export async function startBrowserTests(): Promise<BrowserTests> {
  const stop = undoAfterAll()
  const authorizationServer = await startAuthorizationServer({ path: '/realms/acme' })
  stop.push(() => authorizationServer.stop())
  const pages = await startPageServer()
  stop.push(() => pages.close())
  const browser = await startChromium()
  stop.push(() => browser.close())
  return {
    authorizationServer,
    browser,
    stop,
    allowedOrigin: pages.originOn('app.localhost'),
    otherOrigin: pages.originOn('other.localhost'),
    open: (origin) => openPage(browser, origin),
  }
}
