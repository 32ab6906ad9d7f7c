import { parseEnv } from 'node:util'
import { fromEnvironment } from '../environment/from-environment.ts'
import { isObject } from '../json-object.ts'
import { parseStrictJsonObject } from '../jws/strict-json.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import { CliError } from './cli-error.ts'
import { readFileOf } from './read-file.ts'

/** The flags that stand for environment variables, with their variables. */
const VARIABLE_FLAGS = {
  resource: 'MCP_RESOURCE',
  issuer: 'MCP_ISSUER',
  profile: 'MCP_PROFILE',
  audience: 'MCP_AUDIENCES',
  scope: 'MCP_SCOPES',
  'client-id': 'MCP_CLIENT_ID',
} as const

/** The variables that name an issuer. Each is the first of a set of variables of `fromEnvironment`. */
const ISSUER_VARIABLES = ['MCP_ISSUER', 'AUTH_REALM', 'AUTHZ_SERVER_BASE_URL']

type VariableFlag = keyof typeof VARIABLE_FLAGS

/** Where the configuration comes from. @internal */
export interface ConfigurationSources {
  readonly config: string | undefined
  readonly keys: string | undefined
  readonly flags: Readonly<Partial<Record<VariableFlag, string | readonly string[] | undefined>>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/**
 * Reads the options of the resource server: from the file `--config`, or else from the environment. The
 * flags replace variables. The keys of `--keys` replace keys that would have to be fetched.
 *
 * @throws {CliError} naming what is missing or wrong
 * @internal
 */
export function readConfiguration(sources: ConfigurationSources): ResourceServerOptions {
  const options = readOptionsFrom(sources)
  return sources.keys === undefined ? options : withKeys(options, sources.keys)
}

function readOptionsFrom({
  config,
  flags,
  environment,
}: ConfigurationSources): ResourceServerOptions {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined)
  const text = config === undefined ? undefined : textOf('--config', config)
  if (text?.trimStart().startsWith('{')) {
    const [first] = given
    if (first === undefined) return fromJson(text)
    throw new CliError(
      `--${first[0]} has no effect together with a JSON file; write it into the file`,
    )
  }
  const variables: Record<string, string | undefined> =
    text === undefined ? { ...environment } : { ...parseEnv(text) }
  for (const [flag, value] of given) {
    const words = Array.isArray(value) ? value.join(' ') : String(value)
    variables[VARIABLE_FLAGS[flag as VariableFlag]] = words
  }
  // The flag names the issuer, so the other sets of variables do not count.
  if (flags.issuer !== undefined) {
    for (const marker of ISSUER_VARIABLES.slice(1)) delete variables[marker]
  }
  if (config === undefined && !ISSUER_VARIABLES.some((name) => variables[name])) {
    throw new CliError(
      `what the server expects is not known: give --resource and --issuer, or --config <file>, or set one of ${ISSUER_VARIABLES.join(', ')}`,
    )
  }
  return asCliError('', () => fromEnvironment(variables))
}

/** Options of `createResourceServer` as JSON. A profile is a name, as in `MCP_PROFILE`. */
function fromJson(text: string): ResourceServerOptions {
  const options = asCliError('--config: ', () => parseStrictJsonObject(text))
  const { authorizationServer } = options
  return {
    ...options,
    authorizationServer: Array.isArray(authorizationServer)
      ? authorizationServer.map(withProfile)
      : withProfile(authorizationServer),
  } as unknown as ResourceServerOptions
}

function withProfile(server: unknown): unknown {
  if (!isObject(server) || typeof server.profile !== 'string') return server
  const variables = {
    MCP_ISSUER: 'https://issuer.invalid',
    MCP_RESOURCE: 'https://resource.invalid',
    MCP_PROFILE: server.profile,
  }
  const named = asCliError('--config: the profile: ', () => fromEnvironment(variables))
  const { profile } = named.authorizationServer as { readonly profile?: unknown }
  return { ...server, profile }
}

function withKeys(options: ResourceServerOptions, file: string): ResourceServerOptions {
  const found = asCliError('--keys: ', () => parseStrictJsonObject(textOf('--keys', file)))
  const keys = Array.isArray(found.keys) ? found : { keys: [found] }
  const { authorizationServer } = options
  const [server, second] = Array.isArray(authorizationServer)
    ? authorizationServer
    : [authorizationServer]
  if (second !== undefined) {
    throw new CliError('--keys is for one authorization server; write `keys` of each into the file')
  }
  const { jwksUri, keySet, ...rest } = typeof server === 'string' ? { issuer: server } : server
  return { ...options, authorizationServer: { ...rest, keys } }
}

function textOf(option: string, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileOf(option, path))
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(`${option}: the file is not text in UTF-8`)
  }
}

/** Turns an error about an option, a variable or a file into an error of the command line. */
function asCliError<T>(prefix: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) {
      throw new CliError(`${prefix}${error.message}`)
    }
    throw error
  }
}
