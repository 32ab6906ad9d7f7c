import type { Server } from 'node:http'
import type { Http2Server } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Listener } from './driver.ts'

export type { Listener } from './driver.ts'

/** Lets a server of Node's listen, on any port. */
export async function listening(server: Server | Http2Server): Promise<Listener> {
  // HTTP/2 servers have no `closeAllConnections`.
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
