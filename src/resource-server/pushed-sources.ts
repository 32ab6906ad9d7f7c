import type { Endpoint } from '../http/endpoint.ts'
import { pushedRevocationsEndpoint } from '../revocation/pushed-revocations.ts'
import { pathBelow } from './path-below.ts'
import { createMessageReplays, longestTokenLifeOf } from './replay-sharing.ts'
import type { RevocationSourceParts } from './revocation-source-parts.ts'

/** Makes the endpoints for the option `revocationPushes`. @internal */
export function pushedRevocationEndpoints({
  settings,
  issuers,
  revocations,
  shareReplays,
  clock,
}: RevocationSourceParts): readonly Endpoint[] {
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
