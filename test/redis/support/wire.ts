import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A network between a client and a server that can be cut, and mended. */
export interface Wire {
  readonly host: string
  readonly port: number
  /** How many connections were made since the wire was laid. */
  readonly connections: number
  /** Nothing passes any more, and nobody is told: no connection is closed. New ones open, and get no answer. */
  cut(): void
  /** New connections pass. Those that were there during the cut stay dead, as with many firewalls. */
  mend(): void
  close(): Promise<void>
}

/** Lays a wire to a server. */
export async function layWire(target: {
  readonly host: string
  readonly port: number
}): Promise<Wire> {
  const live = new Set<Socket>()
  const all = new Set<Socket>()
  let isCut = false
  let connections = 0
  const server = createServer((near) => {
    connections += 1
    all.add(near)
    near.on('error', () => {}).on('close', () => all.delete(near))
    if (isCut) return void near.resume()
    const far = connect(target.port, target.host)
    live.add(near).add(far)
    all.add(far)
    near.pipe(far)
    far.pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => {
        all.delete(one)
        if (live.delete(one) && live.delete(other)) other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get connections() {
      return connections
    },
    cut: () => {
      isCut = true
      for (const socket of live) socket.unpipe().resume()
      live.clear()
    },
    mend: () => {
      isCut = false
    },
    close: async () => {
      for (const socket of all) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
