import type { Browser } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { startAuthorizationServer } from '../support/issuers/authorization-server.ts'
import { READ } from '../support/stock-servers.ts'
import { undoAfterAll } from '../support/undo.ts'
import { startChromium } from './support/chromium.ts'
import { startMcpServer } from './support/mcp-server.ts'
import { openPage } from './support/open-page.ts'
import { type PageServer, startPageServer } from './support/page-server.ts'

const stop = undoAfterAll()
let browser: Browser
let pages: PageServer
const authorizationServer = await startAuthorizationServer({ path: '/realms/acme' })
stop.push(() => authorizationServer.stop())
beforeAll(async () => {
  browser = await startChromium()
  stop.push(() => browser.close())
  pages = await startPageServer()
  stop.push(() => pages.close())
})
describe('x', () => {
  it('goes', async () => {
    const server = await startMcpServer('sessions of SDK v1 beside SDK v2', authorizationServer, {
      dpop: { mode: 'required', nonce: 'required' },
      allowedOrigins: [pages.originOn('app.localhost')],
    })
    stop.push(() => server.close())
    const page = await openPage(browser, pages.originOn('app.localhost'))
    try {
      console.log(
        await page.perform({
          name: 'connect',
          settings: { serverUrl: server.resource, major: 2, era: '2025-11-25', dpop: true },
        }),
      )
      console.log(await page.perform({ name: 'call', tool: 'read_notes' }))
      const heard = console.log(await page.perform({ name: 'call', tool: 'announce' }))
      console.log(await page.perform({ name: 'await-list-changed' }))
      console.log(await page.perform({ name: 'call', tool: 'write_note' }))
      await page.perform({ name: 'spoil-token' })
      console.log(await page.perform({ name: 'call', tool: 'write_note' }))
      console.log(await page.failure({ name: 'export-key' }))
      console.log(await page.perform({ name: 'disconnect' }))
      console.log(await page.loot())
    } finally {
      for (const e of await page.exchanges())
        console.log(
          e.method,
          e.url,
          e.rpc,
          e.answer?.status,
          Object.keys(e.sent).join(),
          JSON.stringify(e.answer?.headers).slice(0, 500),
        )
      for (const a of server.arrivals)
        console.log(a.method, a.status, a.headers['access-control-request-headers'] ?? '')
    }
  })
})
