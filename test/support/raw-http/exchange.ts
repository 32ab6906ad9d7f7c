import { connect } from 'node:net'

/** Longer than any answer takes, also on a busy machine. Without an answer by then, the server hangs. */
const HANGS = 60_000

/** Sends bytes, closes its half of the connection, and returns all that the server sends until it closes. */
export function exchange(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.setTimeout(HANGS, () => {
      reject(new Error('the server neither answers nor closes the connection'))
      socket.destroy()
    })
    socket.on('data', (chunk) => received.push(chunk))
    socket.on('end', () => socket.destroy())
    // A server may close the connection before it has read everything.
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(received).toString('latin1')))
    socket.end(bytes)
  })
}

/** The status of each answer in what a server has sent. Informational answers are left out. */
export function statusesOf(received: string): readonly number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)]
    .map(([, status]) => Number(status))
    .filter((status) => status >= 200)
}
