/** A port that cannot be used. The message says what to do. */
export class PortError extends Error {
  override readonly name = 'PortError'
}

/**
 * The port that an environment variable names.
 *
 * @throws {PortError} if the variable is not a port
 */
export function portFrom(variable: string, otherwise: number): number {
  const text = process.env[variable] ?? String(otherwise)
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new PortError(`${variable} is "${text}", and has to be a number from 0 to 65535.`)
  }
  return port
}

/**
 * Explains why a server could not listen. Every other error is returned as it is.
 *
 * @param ports the ports by the variables that name them
 */
export function portProblem(error: unknown, ports: Readonly<Record<string, number>>): unknown {
  const { code, port = 0 } = error as NodeJS.ErrnoException & { readonly port?: number }
  const [variable] = Object.entries(ports).find(([, chosen]) => chosen === port) ?? []
  if (variable === undefined || (code !== 'EADDRINUSE' && code !== 'EACCES')) return error
  const fault = code === 'EADDRINUSE' ? 'is taken by another program' : 'is not for every user'
  const other = port < 65_000 ? port + 10 : port - 10
  return new PortError(
    `Port ${port} ${fault}. Choose another one: ${command(ports, variable, other)}`,
  )
}

/** Repeats the ports that were already chosen. Otherwise the next start would use taken ports again. */
function command(ports: Readonly<Record<string, number>>, variable: string, other: number): string {
  const chosen = Object.keys(ports)
    .map((name) => [name, name === variable ? String(other) : process.env[name]])
    .filter(([, value]) => value !== undefined)
  return `${chosen.map(([name, value]) => `${name}=${value}`).join(' ')} npm start`
}
