/** A port that cannot be used. The message says what to do. */
export class PortError extends Error {
  override readonly name = 'PortError'
}

/**
 * Starts a server on the port that an environment variable names.
 *
 * @throws {PortError} if the variable is not a port, or the port cannot be used
 */
export async function listenOn<T>(
  variable: string,
  otherwise: number,
  start: (port: number) => Promise<T>,
): Promise<T> {
  const text = process.env[variable] ?? String(otherwise)
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new PortError(`${variable} is "${text}", and has to be a number from 0 to 65535.`)
  }
  try {
    return await start(port)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    const fault = code === 'EADDRINUSE' ? 'is taken by another program' : 'is not for every user'
    const other = port < 65_000 ? port + 10 : otherwise + 10
    throw new PortError(`Port ${port} ${fault}. Choose another one: ${command(variable, other)}`)
  }
}

/** Repeats the ports that were already chosen. Otherwise the next start would use taken ports again. */
function command(variable: string, port: number): string {
  const { PORT, ISSUER_PORT } = process.env
  const ports = Object.entries({ PORT, ISSUER_PORT, [variable]: String(port) })
  const chosen = ports.filter(([, value]) => value !== undefined)
  return `${chosen.map(([name, value]) => `${name}=${value}`).join(' ')} npm start`
}
