import type { Server as HttpServer } from 'node:http'
import type { Http2Server } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server that listens on a port of 127.0.0.1. */
export interface Loopback {
  readonly port: number
  readonly origin: string
  /** Takes the open connections down too. */
  close(): Promise<void>
}

export async function listenOnLoopback(
  server: Server | HttpServer | Http2Server,
): Promise<Loopback> {
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
    origin: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** The same until the end of the test that calls it. */
export async function listenDuringTest(
  server: Server | HttpServer | Http2Server,
): Promise<Loopback> {
  const loopback = await listenOnLoopback(server)
  onTestFinished(() => loopback.close())
  return loopback
}
