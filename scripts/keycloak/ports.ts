import { createServer } from 'node:net'

/** A port of loopback that nobody listens on right now. */
export function freePort(): Promise<number> {
  return listenOn(0)
}

/** @throws {Error} naming the port, when somebody listens there already */
export async function requireFreePort(port: number): Promise<void> {
  await listenOn(port).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `Port ${port} cannot be used (${error.code}); stop what listens there, or choose another with PORT.`,
    )
  })
}

function listenOn(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}
