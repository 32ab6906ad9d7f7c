import type { ConfiguredIssuer, PlacedOptions } from '../authorization-server/configured-issuer.ts'
import { inspectServer } from '../authorization-server/inspection.ts'
import { assertIssuer } from '../options/check-url.ts'
import { type SettledProfile, settleProfile } from '../token/settled-profile.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import {
  type AuthorizationServerSettings,
  authorizationServerSchema,
} from './authorization-server-options.ts'
import type { ResourceServerSettings } from './options-schema.ts'

/** The options of one authorization server, with the path that names them in error messages. */
type Placed = PlacedOptions<AuthorizationServerSettings>

/**
 * Lists the options of each authorization server, with the path that names them in error messages.
 *
 * @throws {TypeError} when an issuer is not a valid issuer URL
 * @internal
 */
export function listAuthorizationServers(
  where: string,
  { authorizationServer, allowInsecureHttp }: ResourceServerSettings,
): readonly Placed[] {
  const several = Array.isArray(authorizationServer)
  const list = (several ? authorizationServer : [authorizationServer]) as readonly (
    | string
    | AuthorizationServerSettings
  )[]
  return list.map((entry, at) => {
    const path = several ? `authorizationServer.${at}` : 'authorizationServer'
    const options =
      typeof entry === 'string' ? authorizationServerSchema.parse({ issuer: entry }) : entry
    // The metadata names the issuer, so this check is also needed with the option `verifier`.
    assertIssuer(where, `${path}.issuer`, options.issuer, allowInsecureHttp)
    return { path, options }
  })
}

/** Returns a function that calls the option `inspect` of an authorization server. @internal */
export function inspectionOf(
  { resource, requiredScopes, exclusiveAudience }: ResourceServerSettings,
  { options: { inspect }, server }: ConfiguredIssuer,
): () => Promise<void> {
  if (inspect === undefined) return async () => {}
  const inspection = { inspect, resource, requiredScopes, exclusiveAudience }
  return () => inspectServer(server, inspection)
}

/**
 * Returns a function that finds the profile of a token's issuer. An issuer that is not configured gets
 * the default profile.
 *
 * @internal
 */
export function profilesOf(
  servers: readonly Placed[],
): (token: Pick<VerifiedToken, 'issuer'>) => SettledProfile {
  const profiles = new Map(
    servers.map(({ options }) => [options.issuer, settleProfile(options.profile)]),
  )
  const other = settleProfile()
  return ({ issuer }) => profiles.get(issuer) ?? other
}
