import { type AddressInfo, createServer, type Socket } from 'node:net'

/** When the second copy of an answer is sent. */
export type Doubling =
  /** At once after the first. */
  | 'at once'
  /** When the next request has come over the same connection: before that one's own answer. */
  | 'late'
  /** When the next request has come, in place of that one's own answer, which waits for another. */
  | 'out of step'
  | 'never'

/** An HTTP/1.1 server on bare sockets, which may send every answer twice. */
export interface DoublingServer extends AsyncDisposable {
  readonly origin: string
  readonly connections: number
  readonly requests: number
  doubling: Doubling
}

/** @param answer the JSON for a request's body */
export async function startDoublingServer(
  answer: (body: string) => unknown,
): Promise<DoublingServer> {
  const sockets = new Set<Socket>()
  const seen = { connections: 0, requests: 0, doubling: 'never' as Doubling }

  const server = createServer((socket) => {
    seen.connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    let received = ''
    let held = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      for (;;) {
        const [head = '', ...rest] = received.split('\r\n\r\n')
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        const body = rest.join('\r\n\r\n')
        if (rest.length === 0 || body.length < length) return
        received = body.slice(length)
        seen.requests += 1
        const reply = response(answer(body.slice(0, length)))
        const outOfStep = seen.doubling === 'out of step'
        socket.write(outOfStep ? held || reply : held + reply)
        held = outOfStep || seen.doubling === 'late' ? reply : ''
        if (seen.doubling === 'at once') socket.write(reply)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(seen, {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

function response(json: unknown): string {
  const body = JSON.stringify(json)
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}
