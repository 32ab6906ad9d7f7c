/** A port that cannot be had; the message says what to do. */
export class PortError extends Error {
  override readonly name = 'PortError'
}

/**
 * Starts a server on the port that an environment variable names.
 *
 * @throws {PortError} where the variable holds no port, or the port cannot be had
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
    throw new PortError(
      `Port ${port} ${fault}. Choose another one: ${variable}=${otherwise + 10} npm start`,
    )
  }
}
