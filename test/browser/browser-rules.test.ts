import { beforeAll, describe, expect, it } from 'vitest'
import { DECISION_CHANNEL, type DecisionEvent } from '../../src/telemetry/events.ts'
import { type BothEraServer, startBothEraServer } from '../support/both-era-servers.ts'
import { collectEvents } from '../support/events.ts'
import type { PageSettings } from './page/messages.ts'
import { startBrowserTests } from './support/browser-tests.ts'
import { callsIn } from './support/exchanges.ts'
import type { OpenPage } from './support/open-page.ts'
import { startPageServer } from './support/page-server.ts'

// What the browser itself decides: what a page may send, and what it may read. No other client has these
// rules, so nothing but a browser can show that the answers fit them.

const { authorizationServer, stop, allowedOrigin, otherOrigin, open } = await startBrowserTests()
const neighbours = await startPageServer()
stop.push(() => neighbours.close())
/** Another origin of the same site: the browser has one cache for both. */
const neighbour = neighbours.originOn('app.localhost')
/** The same site as the MCP server: its cookies are not those of a third party. */
const sameSite = neighbours.originOn('127.0.0.1')
const isolatedPages = await startPageServer({
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
})
stop.push(() => isolatedPages.close())
const isolated = isolatedPages.originOn('isolated.localhost')

const events = collectEvents<DecisionEvent>(DECISION_CHANNEL)
let server: BothEraServer
let settings: PageSettings
let metadata: string

beforeAll(async () => {
  server = await startBothEraServer('Express', authorizationServer, {
    allowedOrigins: [allowedOrigin, neighbour, sameSite, isolated],
  })
  stop.push(() => server.close())
  const { resource: serverUrl } = server
  settings = { serverUrl, major: 2, era: '2025-11-25', dpop: false }
  metadata = serverUrl.replace('/mcp', '/.well-known/oauth-protected-resource/mcp')
})

const get = (url: string, headers = {}) =>
  ({ name: 'fetch', url, init: { method: 'GET', headers } }) as const
const readable = async (page: OpenPage) => (await page.exchanges()).at(-1)?.answer

describe('what a page may read', () => {
  it('RFC9728-6: the challenge, and the id of its session', async () => {
    const page = await open(allowedOrigin)
    await page.perform({ name: 'connect', settings })
    const answers = (await page.exchanges())
      .filter(({ url, method }) => url === server.resource && method === 'POST')
      .map(({ answer }) => answer)
    expect(answers[0]?.status).toBe(401)
    expect(answers[0]?.headers['www-authenticate']).toContain('resource_metadata=')
    expect(answers[1]?.headers['mcp-session-id']).toEqual(expect.any(String))
  })

  it('RFC9728-6: an answer that the browser has cached for one origin is not given to another', async () => {
    const page = await open(allowedOrigin)
    for (const origin of [allowedOrigin, neighbour, allowedOrigin]) {
      await page.tab.goto(origin)
      for (const url of [server.resource, metadata]) {
        await page.perform(get(url))
        expect((await readable(page))?.status).toBe(url === metadata ? 200 : 401)
      }
    }
    await page.tab.goto(otherOrigin)
    // Everybody may read the metadata, and nobody else the challenge.
    await page.perform(get(metadata))
    expect(await page.failure(get(server.resource))).toMatchObject({ message: 'Failed to fetch' })
  })

  it('MCP-19: a page without an origin of its own reads nothing, such as a sandboxed frame', async () => {
    const page = await open(allowedOrigin)
    events.length = 0
    const told = await page.tab.evaluate(`new Promise((resolve) => {
      addEventListener('message', ({ data }) => resolve(data))
      const frame = document.createElement('iframe')
      frame.sandbox.add('allow-scripts')
      frame.srcdoc = \`<script>
        fetch('${server.resource}').then(
          ({ status }) => parent.postMessage(status, '*'),
          ({ message }) => parent.postMessage(message, '*'),
        )
      </\` + 'script>'
      document.body.append(frame)
    })`)
    expect(told).toBe('Failed to fetch')
    expect(events.map(({ status, reason }) => [status, reason])).toEqual([[403, 'origin_refused']])
  })

  it('MCP-16: a page that loads only what was shared with it calls tools (COEP: require-corp)', async () => {
    const page = await open(isolated)
    expect(await page.tab.evaluate('crossOriginIsolated')).toBe(true)
    await page.perform({ name: 'connect', settings })
    await page.perform({ name: 'call', tool: 'read_notes' })
  })
})

describe('what a page may send', () => {
  it('MCP-16: no cookie, though the browser has one for the MCP server', async () => {
    const { page, cookies } = await openWithCookie()
    await page.perform({ name: 'connect', settings })
    await page.perform({ name: 'call', tool: 'read_notes' })
    expect(callsIn(await page.exchanges())).toHaveLength(1)
    expect(cookies).toEqual({ sent: [], set: [] })
  })

  it('MCP-16: a cookie only if the page insists, and then it may not read the answer', async () => {
    const { page, cookies } = await openWithCookie()
    const init = { method: 'GET', headers: {}, credentials: 'include' } as const
    expect(await page.failure({ name: 'fetch', url: server.resource, init })).toMatchObject({
      name: 'TypeError',
      message: 'Failed to fetch',
    })
    await expect.poll(() => cookies).toEqual({ sent: ['session=of-somebody'], set: [] })
  })

  it('RFC6750-4: no request of another method or with other fields before the server has agreed', async () => {
    const page = await open(otherOrigin)
    events.length = 0
    const init = { method: 'DELETE', headers: { authorization: 'Bearer stolen' } }
    await page.failure({ name: 'fetch', url: server.resource, init })
    expect(page.preflights).toEqual([`DELETE ${server.resource}`])
    expect(events.map(({ method, reason }) => [method, reason])).toEqual([
      ['OPTIONS', 'origin_refused'],
    ])
  })
})

async function openWithCookie() {
  const page = await open(sameSite)
  const { origin: url } = new URL(server.resource)
  await page.tab.context().addCookies([{ name: 'session', value: 'of-somebody', url }])
  return { page, cookies: await watchCookies(page) }
}

/** The cookies that the browser sends to the MCP server, and those that the MCP server sets. */
async function watchCookies({ tab }: OpenPage) {
  const cookies = { sent: [] as string[], set: [] as string[] }
  const session = await tab.context().newCDPSession(tab)
  const urls = new Map<string, string>()
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    urls.set(requestId, request.url)
  })
  session.on('Network.requestWillBeSentExtraInfo', ({ headers }) => {
    const { Host: host, Cookie: cookie } = headers
    if (host === new URL(server.resource).host && cookie !== undefined) cookies.sent.push(cookie)
  })
  session.on('Network.responseReceivedExtraInfo', ({ requestId, headers }) => {
    const cookie = headers['set-cookie']
    const atServer = urls.get(requestId)?.startsWith(new URL(server.resource).origin)
    if (atServer && cookie !== undefined) cookies.set.push(cookie)
  })
  await session.send('Network.enable')
  return cookies
}
