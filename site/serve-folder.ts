import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
}

/** A server of files on loopback. */
export interface FolderServer {
  readonly origin: string
  close(): Promise<void>
}

/**
 * Serves a folder under a path of 127.0.0.1, as GitHub Pages does: `/guide` is the file `guide.html`, and what is not
 * there is `404.html` with the status 404.
 */
export async function serveFolder(
  folder: string,
  { base, port = 0 }: { base: string; port?: number },
): Promise<FolderServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site.invalid')
    const file = pathname.startsWith(base)
      ? fileFor(folder, pathname.slice(base.length))
      : undefined
    const found = file ?? fileFor(folder, '404.html')
    if (found === undefined) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': TYPES[extname(found)] ?? 'application/octet-stream',
      // Their names change with their content.
      ...(found.includes('/assets/') ? { 'cache-control': 'max-age=31536000, immutable' } : {}),
    })
    createReadStream(found).pipe(response)
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(port, '127.0.0.1', listening)
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${taken}`,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function fileFor(folder: string, path: string): string | undefined {
  // `URL` has resolved every `..`, except one whose slash is encoded.
  const name = decodeURIComponent(path)
  if (name.split(/[/\\]/).includes('..')) return undefined
  return [name, `${name}.html`, join(name, 'index.html')]
    .map((each) => join(folder, each))
    .find((each) => existsSync(each) && statSync(each).isFile())
}
