import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createAuthorizationServer } from '../authorization-server/authorization-server.ts'
import { createOAuthClient } from '../authorization-server/client-authentication/create-oauth-client.ts'
import { createHttpClient, type HttpClient } from '../authorization-server/http/http-client.ts'
import { httpSchema } from '../authorization-server/http/options.ts'
import type { ClientOptions } from '../authorization-server/options.ts'
import { clientShape } from '../authorization-server/options-schema.ts'
import { Transmitter } from '../authorization-server/transmitter/transmitter.ts'
import { assertIssuer } from '../options/check-url.ts'
import { optionsSchema } from '../options/options-schema.ts'
import { soundClock } from '../storage/clock.ts'
import { settleProfile } from '../token/settled-profile.ts'
import { CliError } from './cli-error.ts'
import { readSecretOf } from './read-file.ts'

/** How the command reaches the transmitter. @internal */
export interface StreamAccessFlags {
  readonly issuer?: string | undefined
  readonly 'client-id'?: string | undefined
  readonly 'client-secret-file'?: string | undefined
  readonly 'client-key-file'?: string | undefined
  readonly scope?: string[] | undefined
  readonly 'configuration-url'?: string | undefined
  readonly 'allow-insecure-http'?: boolean | undefined
}

const clientSchema = optionsSchema<ClientOptions>()(clientShape)

/** The flags of the options that the messages about the client name. */
const FLAGS: Readonly<Record<string, string>> = {
  clientId: '--client-id',
  clientSecret: '--client-secret-file',
  clientKey: '--client-key-file',
}

/** Makes the transmitter that the flags name. @throws {CliError} @internal */
export function transmitterFor(
  flags: StreamAccessFlags,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly transmitter: Transmitter; readonly http: HttpClient } {
  const { issuer, 'allow-insecure-http': allowInsecureHttp = false } = flags
  if (issuer === undefined) throw new CliError('--issuer is missing')
  const clientId = flags['client-id'] ?? environment.MCP_CLIENT_ID
  if (!clientId) throw new CliError('--client-id is missing')
  const http = createHttpClient(httpSchema.parse({}))
  const clock = soundClock(Date.now)
  try {
    assertIssuer('stream', 'issuer', issuer, allowInsecureHttp)
    const client = createOAuthClient(
      clientSchema.parse({ clientId, ...credentialOf(flags, environment) }),
      { where: 'stream', optionAt: (name) => FLAGS[name] ?? name, issuer, clock, http },
    )
    const profile = settleProfile()
    const parts = { issuer, profile, client, allowInsecureHttp, http, clock }
    const { scope: scopes, 'configuration-url': metadataUrl } = flags
    const server = createAuthorizationServer(parts)
    const transmitter = new Transmitter({ server, scopes, metadataUrl, allowInsecureHttp, clock })
    return { transmitter, http }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // The message of an option error, with the flag in place of the option.
    const [, rest = error.message] = /^stream: option `-*(.*)$/s.exec(error.message) ?? []
    throw new CliError(
      `--${rest.replace('`', '').replace('allowInsecureHttp', '--allow-insecure-http')}`,
    )
  }
}

function credentialOf(
  flags: StreamAccessFlags,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<ClientOptions, 'clientSecret' | 'clientKey'> {
  const { 'client-secret-file': secretFile, 'client-key-file': keyFile } = flags
  if (secretFile !== undefined && keyFile !== undefined) {
    throw new CliError('--client-secret-file and --client-key-file cannot go together')
  }
  if (keyFile !== undefined) return { clientKey: readSecretOf('--client-key-file', keyFile) }
  if (secretFile !== undefined) {
    return { clientSecret: readSecretOf('--client-secret-file', secretFile) }
  }
  const { MCP_CLIENT_SECRET: clientSecret, MCP_CLIENT_KEY_FILE: key } = environment
  if (clientSecret) return { clientSecret }
  if (key) return { clientKey: readSecretOf('MCP_CLIENT_KEY_FILE', key) }
  throw new CliError(
    "the client's secret is missing: set MCP_CLIENT_SECRET, or use --client-secret-file or --client-key-file",
  )
}

/**
 * Reads the value of `Authorization` for pushes. If the file is not there, it is written, with a value that
 * nobody can guess, and so that only its owner can read it.
 *
 * @throws {CliError}
 * @internal
 */
export function authorizationIn(file: string): { readonly value: string; readonly made: boolean } {
  try {
    const value = `Bearer ${randomUUID()}${randomUUID()}`.replace(/-/g, '')
    // `wx`: fails if the file is there.
    writeFileSync(file, `${value}\n`, { mode: 0o600, flag: 'wx' })
    return { value, made: true }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') throw new CliError(`--authorization-file cannot be written (${code})`)
  }
  const value = readSecretOf('--authorization-file', file)
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value) && value.length >= 32) {
    return { value, made: false }
  }
  throw new CliError(
    '--authorization-file must hold one line, the value of a header field with at least 32 characters',
  )
}
