import { optionPath, type PlacedOptions } from '../authorization-server/configured-issuer.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { optionError } from '../options/option-error.ts'
import type { AuthorizationServerSettings } from './authorization-server-options.ts'

const SOURCES = ['backchannelLogout', 'securityEvents', 'notBefore', 'revocationPushes'] as const

/**
 * Checks that no source of revocations is configured together with the option `verifier`. They need the
 * keys of the authorization server, which the verifier keeps to itself.
 *
 * @throws {TypeError} naming the option
 * @internal
 */
export function assertNoRevocationSources(
  where: string,
  servers: readonly PlacedOptions<AuthorizationServerSettings>[],
): void {
  for (const { path, options } of servers) {
    const source = SOURCES.find((name) => options[name] !== undefined)
    if (source === undefined) continue
    const wants = 'has no effect together with `verifier`; use resourceServer.revoke() instead'
    throw optionError(where, optionPath(path, source), wants, options[source])
  }
}

/**
 * Checks that no two endpoints have the same path. Only one of them would get the requests.
 *
 * @throws {TypeError} naming the path
 * @internal
 */
export function assertDistinctPaths(where: string, endpoints: readonly Endpoint[]): void {
  const paths = endpoints.map(({ path }) => path)
  const twice = paths.find((path, at) => paths.indexOf(path) !== at)
  if (twice === undefined) return
  const wants = 'must give each endpoint a path of its own; two endpoints have the same path'
  throw optionError(where, 'authorizationServer', wants, twice)
}
