import { fromEnvironment } from '../environment/from-environment.ts'
import { urlFault } from '../http/secure-url.ts'
import { quoted } from '../quoted.ts'
import type { ResourceServerOptions } from '../resource-server/options.ts'
import { CliError } from './cli-error.ts'
import type { CommandContext } from './command-context.ts'
import { parseArguments } from './parse-flags.ts'
import { readSecretOf } from './read-file.ts'
import { readToken, tokenIn } from './read-token.ts'

const OPTIONS = {
  env: { type: 'boolean' },
  issuer: { type: 'string' },
  profile: { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
  'client-secret-file': { type: 'string' },
  'client-key-file': { type: 'string' },
  token: { type: 'string' },
  'token-file': { type: 'string' },
  'try-registration': { type: 'boolean' },
  origin: { type: 'string' },
  timeout: { type: 'string' },
  'allow-insecure-http': { type: 'boolean' },
  json: { type: 'boolean' },
  'no-color': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Flags = ReturnType<typeof parseArguments<typeof OPTIONS>>['values']
type Environment = CommandContext['environment']

/** The flags whose value is a secret, and what nobody else can read. */
const SECRET_FLAGS = {
  token: '--token-file or MCP_TOKEN',
  'client-secret': '--client-secret-file or MCP_CLIENT_SECRET',
} as const

/** The variables of a configuration that hold a secret. */
const SECRET_VARIABLES = ['MCP_CLIENT_SECRET', 'OAUTH_CLIENT_SECRET', 'MCP_SERVER_CLIENT_SECRET']

/** Longest token that is sent, in characters. */
const LONGEST_TOKEN = 64 * 1024

/** What the command line asks for. @internal */
export interface DoctorFlags {
  readonly url: string
  /** The configuration of the server, to look from inside too; `undefined` if none was given. */
  readonly configuration: ResourceServerOptions | undefined
  readonly token: string | undefined
  readonly tryRegistration: boolean
  readonly origin: string | undefined
  /** In milliseconds. */
  readonly timeout: number
  readonly allowInsecureHttp: boolean
  readonly json: boolean
  readonly noColor: boolean
  /** What must not be in the report. */
  readonly secrets: readonly string[]
}

/**
 * Reads the command line of `doctor`.
 *
 * @returns `undefined` if the usage text is wanted
 * @throws {CliError} naming the option that is wrong
 * @internal
 */
export async function readDoctorFlags(
  args: readonly string[],
  context: Pick<CommandContext, 'environment' | 'input' | 'complain'>,
): Promise<DoctorFlags | undefined> {
  const { values: flags, positionals } = parseArguments(args, OPTIONS)
  if (flags.help) return undefined
  assertOneSource(flags)
  const [given, ...more] = positionals
  if (more.length > 0) throw new CliError(`doctor takes one URL; got ${positionals.length}`)
  const allowInsecureHttp = flags['allow-insecure-http'] ?? false
  const variables = variablesOf(flags, context.environment, given)
  const configuration = variables && configurationOf(variables, allowInsecureHttp)
  const url = given ?? configuration?.resource
  if (url === undefined) throw new CliError('the URL of the MCP server is missing')
  const fault = urlFault(url, true)
  if (fault !== undefined) throw new CliError(`the URL ${quoted(url)} ${fault}`)
  const token = await tokenOf(flags, context)
  if (token !== undefined && urlFault(url, allowInsecureHttp) !== undefined) {
    throw new CliError(
      'a token is not sent over plain http; use https, or --allow-insecure-http for a test set-up',
    )
  }
  for (const [flag, safer] of Object.entries(SECRET_FLAGS)) {
    if (flags[flag as keyof typeof SECRET_FLAGS] === undefined) continue
    context.complain(
      `doctor: other users of this machine can read --${flag}; they cannot read ${safer}\n`,
    )
  }
  return {
    url,
    configuration,
    token,
    tryRegistration: flags['try-registration'] ?? false,
    origin: originOf(flags.origin),
    timeout: timeoutOf(flags.timeout),
    allowInsecureHttp,
    json: flags.json ?? false,
    noColor: flags['no-color'] ?? false,
    secrets: [token, ...SECRET_VARIABLES.map((name) => variables?.[name])].filter(
      (one) => one !== undefined,
    ),
  }
}

/** @throws {CliError} if a secret is given twice */
function assertOneSource(flags: Flags): void {
  for (const flag of Object.keys(SECRET_FLAGS) as (keyof typeof SECRET_FLAGS)[]) {
    if (flags[flag] === undefined || flags[`${flag}-file`] === undefined) continue
    throw new CliError(`--${flag} and --${flag}-file cannot go together`)
  }
}

/** The variables of the configuration: those of the environment, or those that the flags stand for. */
function variablesOf(
  flags: Flags,
  environment: Environment,
  url: string | undefined,
): Environment | undefined {
  const { issuer, profile, env = false } = flags
  const { 'client-id': clientId, 'client-secret-file': secretFile } = flags
  const { 'client-secret': givenSecret = environment.MCP_CLIENT_SECRET } = flags
  const keyFile = flags['client-key-file']
  if (issuer === undefined) {
    for (const name of [
      'profile',
      'client-id',
      'client-secret',
      'client-secret-file',
      'client-key-file',
    ] as const) {
      // A server that is examined must not choose who gets the secret.
      if (flags[name] !== undefined) throw new CliError(`--${name} needs --issuer`)
    }
    if (flags['try-registration'] && !env) {
      throw new CliError('--try-registration needs --issuer or --env')
    }
    return env ? environment : undefined
  }
  if (env) throw new CliError('--issuer and --env cannot go together')
  if (url === undefined) throw new CliError('the URL of the MCP server is missing')
  const id = clientId ?? environment.MCP_CLIENT_ID
  const secret =
    secretFile === undefined ? givenSecret : readSecretOf('--client-secret-file', secretFile)
  const variables = {
    MCP_ISSUER: issuer,
    MCP_RESOURCE: url,
    ...(profile === undefined ? {} : { MCP_PROFILE: profile }),
  }
  if (id === undefined || id === '') return variables
  const key = keyFile ?? environment.MCP_CLIENT_KEY_FILE
  return keyFile !== undefined || (key && !secret)
    ? { ...variables, MCP_CLIENT_ID: id, MCP_CLIENT_KEY_FILE: key }
    : { ...variables, MCP_CLIENT_ID: id, MCP_CLIENT_SECRET: secret }
}

function configurationOf(
  variables: Environment,
  allowInsecureHttp: boolean,
): ResourceServerOptions {
  try {
    return { ...fromEnvironment(variables), ...(allowInsecureHttp && { allowInsecureHttp }) }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new CliError(error.message.replace('fromEnvironment: ', ''))
  }
}

/** The token as a header field can carry it. The message repeats nothing of it. */
async function tokenOf(
  { 'token-file': file, token: argument }: Flags,
  context: Pick<CommandContext, 'environment' | 'input' | 'complain'>,
): Promise<string | undefined> {
  const text = argument ?? context.environment.MCP_TOKEN
  if (file === undefined && !text) return undefined
  const name = argument === undefined ? 'MCP_TOKEN' : '--token'
  const where = file === undefined ? name : file === '-' ? 'standard input' : '--token-file'
  const { token } =
    file === undefined ? tokenIn(where, Buffer.from(text ?? '')) : await readToken(file, context)
  if (/^[\x21-\x7e]+$/.test(token) && token.length <= LONGEST_TOKEN) return token
  throw new CliError(`${where}: the token is too long, or has characters that no token may have`)
}

function originOf(origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin
  throw new CliError(
    `--origin must be an origin, such as https://app.example.com; got ${quoted(origin)}`,
  )
}

function timeoutOf(seconds: string | undefined): number {
  if (seconds === undefined) return 30_000
  const value = Number(seconds)
  if (/^\d+(?:\.\d+)?$/.test(seconds) && value >= 1 && value <= 600) return value * 1000
  throw new CliError(`--timeout must be a number of seconds from 1 to 600; got ${quoted(seconds)}`)
}
