import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DecisionFeed } from './decision-feed.ts'
import type { PageActions } from './page-actions.ts'
import { type PageFile, readPageFiles } from './page-files.ts'
import { PAGE_ACTIONS, type PageSettings } from './page-settings.ts'

/** Serves the page, its events, and its actions, on loopback. */
export interface PageServer {
  readonly origin: string
  /** Begins to answer, as soon as the script is bundled. */
  serve(served: Served): Promise<void>
  close(): Promise<void>
}

export interface Served {
  readonly feed: DecisionFeed
  readonly actions: PageActions
  settings(): PageSettings
}

export async function startPageServer(chosenPort: number): Promise<PageServer> {
  const reading = readPageFiles()
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(chosenPort, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  const origin = `http://${host}`
  return {
    origin,
    async serve(served) {
      const files = await reading
      server.on('request', async (request, response) => {
        const { 'sec-fetch-site': site = 'none', host: asked } = request.headers
        setSecurityFields(response, served.settings())
        if (asked === `localhost:${port}` && request.method === 'GET') {
          return void response.writeHead(307, { location: `${origin}/` }).end()
        }
        // Another host name that leads here (DNS rebinding), or a page of another origin.
        const isOwn = asked === host && (site === 'same-origin' || request.method === 'GET')
        if (!isOwn) return void response.writeHead(403).end()
        try {
          await answer(request, response, served, files)
        } catch (error) {
          console.error(error)
          if (!response.headersSent) sendJson(response, { error: (error as Error).message }, 500)
        }
      })
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  { method, url = '/', headers }: IncomingMessage,
  response: ServerResponse,
  { feed, actions, settings }: Served,
  files: ReadonlyMap<string, PageFile>,
): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
  const file = files.get(pathname === '/callback' ? '/' : pathname)
  const action = PAGE_ACTIONS.find((name) => pathname === `/actions/${name}`)
  if (method === 'GET' && file !== undefined) {
    response.setHeader('content-type', file.type).end(file.body)
  } else if (method === 'GET' && pathname === '/settings') {
    sendJson(response, settings())
  } else if (method === 'GET' && pathname === '/events') {
    // Other pages must not follow the decisions.
    if (headers['sec-fetch-site'] !== 'same-origin') return void response.writeHead(403).end()
    stream(response, feed)
  } else if (method === 'POST' && pathname === '/pressed') {
    feed.chapter(searchParams.get('button')?.slice(0, 40) ?? '')
    sendJson(response, {})
  } else if (method === 'POST' && action !== undefined) {
    sendJson(response, await actions.perform(action))
  } else {
    response.writeHead(404).end()
  }
}

/** The page loads nothing from other hosts, and connects only to the two servers of the demo. */
function setSecurityFields(response: ServerResponse, { resource, issuer }: PageSettings): void {
  const servers = [resource, issuer].map((url) => new URL(url).origin).join(' ')
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${servers}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  response.setHeader('content-security-policy', policy.join('; '))
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('cache-control', 'no-store')
}

function sendJson(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function stream(response: ServerResponse, feed: DecisionFeed): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('retry: 1000\n\n')
  const end = feed.follow((message) => response.write(`data: ${JSON.stringify(message)}\n\n`))
  response.once('close', end)
}
