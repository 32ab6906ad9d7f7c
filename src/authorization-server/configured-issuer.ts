import { readKeyAlgorithm } from '../jws/verification-key.ts'
import { assertIssuer, assertUrl } from '../options/check-url.ts'
import { optionError } from '../options/option-error.ts'
import type { Clock } from '../storage/clock.ts'
import { settleProfile } from '../token/settled-profile.ts'
import { createAuthorizationServer } from './authorization-server.ts'
import { createOAuthClient } from './client-authentication/create-oauth-client.ts'
import type { HttpClient } from './http/http-client.ts'
import type { ServerSettings } from './options-schema.ts'
import { createTokenIssuer, type TokenIssuer } from './token-issuer.ts'

/** The options of one authorization server, and the path to them among all options. @internal */
export interface PlacedOptions<Options extends ServerSettings = ServerSettings> {
  /** The path to the options, such as `authorizationServer.0`; empty if they are not nested. */
  readonly path: string
  readonly options: Options
}

/** An authorization server with the options that it was made from. @internal */
export interface ConfiguredIssuer<Options extends ServerSettings = ServerSettings>
  extends PlacedOptions<Options> {
  readonly server: TokenIssuer
}

/** The parts that all authorization servers of one resource server share. @internal */
export interface SharedByIssuers {
  /** The public function that was called, for messages. */
  readonly where: string
  readonly allowInsecureHttp: boolean
  readonly http: HttpClient
  readonly clock: Clock
}

/**
 * Makes an authorization server from options.
 *
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function createConfiguredIssuer<Options extends ServerSettings>(
  { path, options }: PlacedOptions<Options>,
  { where, allowInsecureHttp, http, clock }: SharedByIssuers,
): ConfiguredIssuer<Options> {
  const { issuer, jwksUri, introspection, tokenInfo } = options
  assertIssuer(where, optionPath(path, 'issuer'), issuer, allowInsecureHttp)
  assertKeys(where, path, options)
  for (const [option, url] of [
    ['jwksUri', jwksUri],
    ['introspection.endpoint', introspection?.endpoint],
    ['tokenInfo.endpoint', tokenInfo?.endpoint],
  ] as const) {
    if (url !== undefined) assertUrl(where, optionPath(path, option), url, allowInsecureHttp)
  }
  const client =
    introspection &&
    createOAuthClient(introspection, {
      where,
      optionAt: (option) => optionPath(path, `introspection.${option}`),
      issuer,
      clock,
      http,
    })
  const server = createAuthorizationServer({
    issuer,
    profile: settleProfile(options.profile),
    endpoints: { jwks_uri: jwksUri, introspection_endpoint: introspection?.endpoint },
    client,
    allowInsecureHttp,
    http,
    clock,
  })
  return { path, options, server: createTokenIssuer(server, options, clock) }
}

/** The full name of an option, such as `authorizationServer.0.issuer`. @internal */
export function optionPath(path: string, option: string): string {
  return path === '' ? option : `${path}.${option}`
}

/** Checks the option `keys`: `jwksUri` and `keySet` must not be set too, and at least one key must be usable. */
function assertKeys(
  where: string,
  path: string,
  { algorithms, keys, keySet, jwksUri }: ServerSettings,
): void {
  if (keys === undefined) return
  const option = optionPath(path, 'keys')
  if (jwksUri !== undefined || keySet !== undefined) {
    const wants = 'cannot be combined with `jwksUri` or `keySet`, which are for fetched keys'
    throw optionError(where, option, wants)
  }
  const found = keys.keys.map((key) => readKeyAlgorithm(key, algorithms))
  if (found.some((result) => 'algorithm' in result)) return
  const faults = found.map((result) => ('fault' in result ? result.fault : ''))
  const wants = `must hold a key that can verify (${faults.join('; ') || 'empty'})`
  throw optionError(where, option, wants)
}
