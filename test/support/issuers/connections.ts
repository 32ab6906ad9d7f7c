/** What the testing kit does not show of its server: connections, and the answer that is being written. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Exchange {
  readonly response: ServerResponse
  /** How many requests came over the same connection before this one. */
  readonly earlier: number
}

interface Watched {
  accepted: number
  readonly open: Set<Socket>
}

const watched = new Map<number, Watched>()
const carried = new WeakMap<Socket, number>()
const exchanges = new AsyncLocalStorage<Exchange>()

subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket }
  const server = watched.get(socket.localPort ?? 0)
  if (server === undefined) return
  server.accepted += 1
  server.open.add(socket)
  socket.once('close', () => server.open.delete(socket))
})

subscribe('http.server.request.start', (message) => {
  const { response, socket } = message as { response: ServerResponse; socket: Socket }
  if (!watched.has(socket.localPort ?? 0)) return
  const earlier = carried.get(socket) ?? 0
  carried.set(socket, earlier + 1)
  exchanges.enterWith({ response, earlier })
})

/** Watches the server of this process that listens on a port. */
export function watchConnections(port: number): Readonly<Watched> & Disposable {
  const server = { accepted: 0, open: new Set<Socket>() }
  watched.set(port, server)
  return Object.assign(server, { [Symbol.dispose]: () => void watched.delete(port) })
}

/** The exchange of the request that is being answered, for answers of a watched server. */
export function currentExchange(): Exchange {
  const exchange = exchanges.getStore()
  if (exchange === undefined) throw new Error('no watched server is answering')
  return exchange
}
