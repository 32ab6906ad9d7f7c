import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../../examples/demo/page/page-files.ts'
import { listenOnLoopback } from '../../support/loopback.ts'

const MAIN = fileURLToPath(new URL('../page/main.ts', import.meta.url))
const HTML =
  '<!doctype html><title>Page</title><body><script type="module" src="/main.js"></script>'

/** Serves the page of `test/browser/page/`. */
export interface PageServer {
  /**
   * The page's origin on this host. Every host below `localhost` leads here, and each is another
   * origin, in a secure context.
   */
  originOn(host: '127.0.0.1' | 'localhost' | `${string}.localhost`): string
  close(): Promise<void>
}

/**
 * Bundles the page with what it imports, the MCP SDK included, and serves it.
 *
 * @param fields further header fields of each answer
 */
export async function startPageServer(
  fields: Readonly<Record<string, string>> = {},
): Promise<PageServer> {
  const script = await bundle(MAIN)
  const server = createServer(({ url = '/' }, response) => {
    response.setHeaders(new Map(Object.entries(fields)))
    const { pathname } = new URL(url, 'http://page.localhost')
    if (pathname === '/main.js') {
      response.setHeader('content-type', 'text/javascript').end(script)
    } else if (pathname === '/' || pathname === '/callback') {
      response.setHeader('content-type', 'text/html').end(HTML)
    } else {
      response.writeHead(404).end()
    }
  })
  const { port, close } = await listenOnLoopback(server)
  return { originOn: (host) => `http://${host}:${port}`, close }
}
