/**
 * An introspection endpoint in a process of its own that calls every token active and costs as
 * little as it can: the client is to be the bottleneck. Says its port to its parent, and after
 * each message how often it was asked.
 */
import { createServer, type Socket } from 'node:net'
import { keycloakClaims } from './tokens.ts'

const answer = JSON.stringify({
  ...keycloakClaims(),
  token_type: 'Bearer',
  username: 'ada',
  active: true,
})
const reply = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(answer)}\r\nConnection: keep-alive\r\n\r\n${answer}`,
)
const END_OF_HEADERS = '\r\n\r\n'
let asked = 0

function serve(socket: Socket): void {
  let received = ''
  socket.setNoDelay(true)
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    received += chunk
    for (;;) {
      const end = received.indexOf(END_OF_HEADERS)
      if (end === -1) return
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, end))?.[1] ?? 0)
      const size = end + END_OF_HEADERS.length + length
      if (received.length < size) return
      received = received.slice(size)
      asked += 1
      socket.write(reply)
    }
  })
}

const server = createServer(serve).listen(0, '127.0.0.1', () => process.send?.(server.address()))
process.on('message', () => process.send?.(asked))
process.on('disconnect', () => process.exit())
