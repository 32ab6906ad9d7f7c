import type { Endpoint } from '../http/endpoint.ts'
import { backchannelLogoutEndpoint } from '../revocation/backchannel-logout.ts'
import type { LogoutSource } from '../revocation/logout-token.ts'
import { Revocations } from '../revocation/revocations.ts'
import type { Clock } from '../storage/clock.ts'
import type { ResourceServerSettings } from './options-schema.ts'
import { pathBelow } from './path-below.ts'
import { createMessageReplays, longestTokenLifeOf } from './replay-sharing.ts'
import type { RevocationSourceParts } from './revocation-source-parts.ts'

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

/** Makes the endpoints that receive logout tokens. Issuers with the same path share an endpoint. @internal */
export function logoutEndpoints({
  settings,
  issuers,
  revocations,
  shareReplays,
  clock,
}: RevocationSourceParts): readonly Endpoint[] {
  const { resource, clockTolerance } = settings
  const count = issuers.length
  const replays = createMessageReplays('logout_token', settings, count, shareReplays, clock)
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
