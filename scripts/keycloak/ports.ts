import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ports that Linux, macOS and Windows give to connections and to servers that ask for any port. From
 * there another program could take the port before it is used.
 */
const RANGE = [20_000, 32_000] as const
const given = new Set<number>()

/** A port of loopback that nobody listens on right now, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(...RANGE)
    if (given.has(port)) continue
    given.add(port)
    try {
      return await listenOn(port)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
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
