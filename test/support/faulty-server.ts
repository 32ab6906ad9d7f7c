import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'

/** What a request brought. */
export interface Received {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Requests that came over the same connection before. */
  readonly earlier: number
}

/** How a path answers. */
export type Behaviour = (received: Received, response: ServerResponse) => void | Promise<void>

/** A real HTTP server on loopback that answers as each path is told to, well or badly. */
export interface FaultyServer extends AsyncDisposable {
  readonly origin: string
  /** Sets what a path does from now on. Paths that nobody set answer 404. */
  on(path: string, behaviour: Behaviour): void
  /** Requests for a path, or for all of them. */
  count(path?: string): number
  /** The requests for a path, in order. */
  received(path: string): readonly Received[]
  /** Connections that were ever made, whether or not a request came over them. */
  readonly accepted: number
  /** Connections that are open now. */
  connected(): Promise<number>
  /** Forgets what was counted. */
  clear(): void
  /** Nothing listens any more, and nobody is connected. */
  stop(): Promise<void>
  /** Listens again, on the same port. */
  start(): Promise<void>
}

export async function startFaultyServer(): Promise<FaultyServer> {
  const behaviours = new Map<string, Behaviour>()
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
    await (behaviours.get(pathname) ?? status(404))(received, response)
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
    on(path, behaviour) {
      behaviours.set(path, behaviour)
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

/** The URL of a port on which nothing listens. */
export async function deadOrigin(): Promise<string> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

/** Bytes exactly as given. */
export function raw(
  body: string | Uint8Array,
  contentType: string | undefined = 'application/json',
  code = 200,
): Behaviour {
  return (_received, response) => {
    response.writeHead(code, contentType === undefined ? {} : { 'content-type': contentType })
    response.end(body)
  }
}

export function json(value: unknown, contentType = 'application/json'): Behaviour {
  return raw(JSON.stringify(value), contentType)
}

/** What a page for people, or a proxy's error page, looks like to us. */
export function html(): Behaviour {
  return raw('<!doctype html><title>Welcome</title><p>Please sign in.', 'text/html')
}

/** A good answer, were it not so large. */
export function huge(value: object, bytes = 2 * 1024 * 1024): Behaviour {
  return json({ ...value, padding: 'x'.repeat(bytes) })
}

/** Headers at once, then a body that comes byte by byte and never ends. */
export function drip(): Behaviour {
  return (_received, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 5)
    response.on('close', () => clearInterval(timer))
  }
}

/** Takes the request and says nothing. */
export function silent(): Behaviour {
  return () => {}
}

export function resetBeforeHeaders(): Behaviour {
  return (_received, response) => {
    response.socket?.resetAndDestroy()
  }
}

export function resetAfterHeaders(): Behaviour {
  return (_received, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{', () => response.socket?.resetAndDestroy())
  }
}

export function redirect(location: string, code = 302): Behaviour {
  return status(code, { location })
}

export function status(code: number, headers: Record<string, string> = {}): Behaviour {
  return (_received, response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers })
    response.end('{}')
  }
}

/** Drops every connection on which it gets a second request, unanswered, as idle time-outs do. */
export function dropsKeptConnections(otherwise: Behaviour): Behaviour {
  return (received, response) => {
    if (received.earlier > 0) response.socket?.destroy()
    else return otherwise(received, response)
  }
}

/** One behaviour after the other; the last one stays. */
export function inTurn(...behaviours: readonly [Behaviour, ...Behaviour[]]): Behaviour {
  let turn = 0
  return (received, response) => {
    const behaviour = behaviours[Math.min(turn, behaviours.length - 1)]
    turn += 1
    return behaviour?.(received, response)
  }
}

/** An answer that waits for the test's word. */
export interface Held {
  readonly behaviour: Behaviour
  /** Resolves when the first request is there. */
  readonly arrived: Promise<void>
  /** Whether a caller has gone away before the word came. */
  readonly abandoned: boolean
  /** Lets those that wait, and all that come, be answered. */
  release(): void
}

export function held(behaviour: Behaviour): Held {
  const arrived = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let open = false
  let abandoned = false
  return {
    arrived: arrived.promise,
    get abandoned() {
      return abandoned
    },
    async behaviour(received, response) {
      response.on('close', () => {
        if (!open) abandoned = true
      })
      arrived.resolve()
      await released.promise
      await behaviour(received, response)
    },
    release() {
      open = true
      released.resolve()
    },
  }
}
