import type { ConfiguredIssuer } from '../authorization-server/configured-issuer.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { backchannelLogoutEndpoint } from '../revocation/backchannel-logout.ts'
import type { LogoutSource } from '../revocation/logout-token.ts'
import { Revocations } from '../revocation/revocations.ts'
import type { Clock } from '../storage/clock.ts'
import type { AuthorizationServerSettings } from './authorization-server-options.ts'
import type { ResourceServerSettings } from './options-schema.ts'
import { pathBelow } from './path-below.ts'
import { createMessageReplays, longestTokenLifeOf, type ShareReplays } from './replay-sharing.ts'

/** Makes the revocations of a resource server. @internal */
export function createRevocations(
  settings: ResourceServerSettings,
  issuers: readonly string[],
  clock: Clock,
): Revocations {
  const { resource, revocation, sharedStore, clockTolerance } = settings
  const longestTokenLife = longestTokenLifeOf(settings)
  return new Revocations({
    resource,
    settings: { ...revocation, longestTokenLife },
    issuers,
    store: sharedStore?.store,
    onOutage: sharedStore?.onOutage ?? 'refuse',
    clockTolerance,
    clock,
  })
}

/** Makes the endpoints at which revocations arrive. Issuers with the same path share an endpoint. @internal */
export function revocationEndpoints(
  settings: ResourceServerSettings,
  issuers: readonly ConfiguredIssuer<AuthorizationServerSettings>[],
  revocations: Revocations,
  shareReplays: ShareReplays,
  clock: Clock,
): readonly Endpoint[] {
  const { resource, clockTolerance } = settings
  const replays = createMessageReplays(
    'logout_token',
    settings,
    issuers.length,
    shareReplays,
    clock,
  )
  const logouts = new Map<string, LogoutSource[]>()
  for (const { server, options } of issuers) {
    const { backchannelLogout } = options
    if (backchannelLogout === undefined) continue
    const { path = pathBelow(resource, 'backchannel-logout') } = backchannelLogout
    const clientIds = [backchannelLogout.clientIds].flat()
    logouts.set(path, [...(logouts.get(path) ?? []), { server, clientIds }])
  }
  return [...logouts].map(([path, sources]) =>
    backchannelLogoutEndpoint({ path, sources, revocations, replays, clockTolerance, clock }),
  )
}
