import { createServer } from 'node:net'
import { listenOnLoopback } from '../loopback.ts'

/** When the server sends the second copy of an answer. */
export type Doubling =
  /** With the first copy, in one piece: in a second piece it could come after the next request. */
  | 'at once'
  /** When the next request arrives on the same connection, before its own answer. */
  | 'late'
  /** When the next request arrives, in place of its own answer. That one is kept for the request after. */
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
  const seen = { connections: 0, requests: 0, doubling: 'never' as Doubling }

  const server = createServer((socket) => {
    seen.connections += 1
    socket.on('error', () => {})
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
        const again = seen.doubling === 'at once' ? reply : ''
        socket.write(outOfStep ? held || reply : held + reply + again)
        held = outOfStep || seen.doubling === 'late' ? reply : ''
      }
    })
  })
  const { origin, close } = await listenOnLoopback(server)
  return Object.assign(seen, { origin, [Symbol.asyncDispose]: close })
}

function response(json: unknown): string {
  const body = JSON.stringify(json)
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}
