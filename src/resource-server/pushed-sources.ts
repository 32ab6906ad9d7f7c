import type { ConfiguredIssuer } from '../authorization-server/configured-issuer.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { pushedRevocationsEndpoint } from '../revocation/pushed-revocations.ts'
import type { Revocations } from '../revocation/revocations.ts'
import type { Clock } from '../storage/clock.ts'
import type { AuthorizationServerSettings } from './authorization-server-options.ts'
import type { ResourceServerSettings } from './options-schema.ts'
import { pathBelow } from './path-below.ts'
import { createMessageReplays, longestTokenLifeOf, type ShareReplays } from './replay-sharing.ts'

/** Makes the endpoints for the option `revocationPushes`. @internal */
export function pushedRevocationEndpoints(
  settings: ResourceServerSettings,
  issuers: readonly ConfiguredIssuer<AuthorizationServerSettings>[],
  revocations: Revocations,
  shareReplays: ShareReplays,
  clock: Clock,
): readonly Endpoint[] {
  const { resource, clockTolerance } = settings
  const used = issuers.filter(({ options }) => options.revocationPushes !== undefined)
  const replays = createMessageReplays('pushed_message', settings, used.length, shareReplays, clock)
  return used.flatMap(({ server, options: { revocationPushes = [] } }) =>
    revocationPushes.map(({ path: given, read }) => {
      const path = given.startsWith('/') ? given : pathBelow(resource, given)
      return pushedRevocationsEndpoint({
        path,
        server,
        read,
        longestTokenLife: longestTokenLifeOf(settings),
        revocations,
        replays,
        clockTolerance,
        clock,
      })
    }),
  )
}
