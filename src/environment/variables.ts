/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Whether a variable is set. An empty variable counts as not set. @internal */
export function isSet(environment: Environment, name: string): boolean {
  return (environment[name] ?? '') !== ''
}

/** The value of a variable; `undefined` if it is not set. @internal */
export function optional(environment: Environment, name: string): string | undefined {
  return isSet(environment, name) ? environment[name] : undefined
}

/** The value of a variable that must be set. @internal */
export function required(environment: Environment, name: string): string {
  const value = optional(environment, name)
  if (value === undefined) throw wrong(`${name} is not set`)
  return value
}

/** The entries of a variable that is a list with spaces between the entries. @internal */
export function words(environment: Environment, name: string): string[] {
  return (environment[name] ?? '').split(/\s+/).filter((word) => word !== '')
}

/** The value of a variable that must be one of the choices; `undefined` if it is not set. @internal */
export function choice<const T extends string>(
  environment: Environment,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = optional(environment, name)
  const found = choices.find((entry) => entry === value)
  if (value !== undefined && found === undefined) {
    throw wrong(`${name} must be one of ${choices.join(', ')}; got ${JSON.stringify(value)}`)
  }
  return found
}

/** The value of a variable that must be a port number. @internal */
export function port(environment: Environment, name: string, fallback: number): number {
  const value = optional(environment, name)
  if (value === undefined) return fallback
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value)
  throw wrong(`${name} must be a port number; got ${JSON.stringify(value)}`)
}

/** Makes the error for a variable. @internal */
export function wrong(message: string): TypeError {
  return new TypeError(`fromEnvironment: ${message}`)
}
