import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request that the server has received. */
export interface Received {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** How many requests came over the same connection before this one. */
  readonly earlier: number
}

/** Writes the answer to one request, or leaves it open. */
export type Answer = (received: Received, response: ServerResponse) => void | Promise<void>

/** A real HTTP server on loopback. A test sets how each path answers, well or badly. */
export interface LoopbackServer extends AsyncDisposable {
  readonly origin: string
  /** Sets how a path answers from now on. Before that it answers 404. */
  on(path: string, answer: Answer): void
  /** How many requests came, for one path or for all. */
  count(path?: string): number
  /** The requests for a path, in order. */
  received(path: string): readonly Received[]
  /** How many connections were opened so far, with or without a request. */
  readonly accepted: number
  /** How many connections are open now. */
  connected(): Promise<number>
  /** Forgets the requests so far. */
  clear(): void
  /** An outage: all connections end, and new ones are refused. */
  stop(): Promise<void>
  /** Ends the outage: the server listens again, on the same port. */
  start(): Promise<void>
}

const notFound: Answer = (_received, response) => void response.writeHead(404).end('{}')

export async function startLoopbackServer(): Promise<LoopbackServer> {
  const answers = new Map<string, Answer>()
  const log: { path: string; received: Received }[] = []
  const carried = new WeakMap<object, number>()

  const server = createServer(async (request, response) => {
    const { socket, method = '', url = '/', headers } = request
    const earlier = carried.get(socket) ?? 0
    carried.set(socket, earlier + 1)
    const received: Received = {
      method,
      url,
      authorization: headers.authorization,
      contentType: headers['content-type'],
      headers,
      body: await text(request).catch(() => ''),
      earlier,
    }
    const { pathname } = new URL(url, 'http://loopback')
    log.push({ path: pathname, received })
    await (answers.get(pathname) ?? notFound)(received, response)
  })
  let accepted = 0
  server.on('connection', () => {
    accepted += 1
  })
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.address() as AddressInfo

  const stop = async () => {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    on(path, answer) {
      answers.set(path, answer)
    },
    count: (path) =>
      path === undefined ? log.length : log.filter((entry) => entry.path === path).length,
    received: (path) => log.filter((entry) => entry.path === path).map(({ received }) => received),
    get accepted() {
      return accepted
    },
    connected: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    clear() {
      log.length = 0
    },
    stop,
    start: () => listen(port),
    [Symbol.asyncDispose]: stop,
  }
}

/** The origin of a port on which nothing listens. */
export async function deadOrigin(): Promise<string> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
