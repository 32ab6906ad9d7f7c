import type { Endpoint } from '../http/endpoint.ts'
import { assertSecurityEventOptions } from '../revocation/events/assert-security-event-options.ts'
import { type PushSource, pushEndpoint } from '../revocation/events/push-endpoint.ts'
import { SecurityEvents } from '../revocation/events/security-events.ts'
import { ManagedStream } from '../revocation/stream/managed-stream.ts'
import { pathBelow } from './path-below.ts'
import { createMessageReplays, longestTokenLifeOf } from './replay-sharing.ts'
import type { RevocationSourceParts } from './revocation-source-parts.ts'

/** Makes the endpoints that receive security events. Issuers with the same path share an endpoint. @internal */
export function securityEventEndpoints(parts: RevocationSourceParts): readonly Endpoint[] {
  const { where, settings, issuers, revocations, shareReplays, clock } = parts
  const { resource, clockTolerance, allowInsecureHttp } = settings
  const longestTokenLife = longestTokenLifeOf(settings)
  const shared = { revocations, longestTokenLife, clockTolerance, clock }
  const used = issuers.filter(({ options }) => options.securityEvents !== undefined)
  const replay = createMessageReplays('security_event', settings, used.length, shareReplays, clock)
  const pushed = new Map<string, PushSource[]>()
  for (const { server, path: optionsPath, options } of used) {
    const { securityEvents } = options
    if (securityEvents === undefined) continue
    assertSecurityEventOptions(where, optionsPath, securityEvents, allowInsecureHttp)
    const { path = pathBelow(resource, 'security-events'), audience = [] } = securityEvents
    const { client, delivery } = securityEvents
    const stream =
      client &&
      new ManagedStream({
        where,
        optionsPath,
        server,
        settings: { ...securityEvents, client },
        resource,
        pushUrl: `${new URL(resource).origin}${path}`,
        revocations,
        allowInsecureHttp,
        clock,
      })
    const audiences = [audience].flat()
    const events = new SecurityEvents({
      ...shared,
      server,
      settings: securityEvents,
      audiences: () => (audiences.length > 0 ? audiences : (stream?.audiences ?? [])),
      replay,
      onManagementEvent: stream?.onManagementEvent,
    })
    if (stream !== undefined) revocations.addSource(stream)
    if (delivery === 'poll') {
      stream?.poll(events)
      continue
    }
    const authorization = [securityEvents.authorization ?? []].flat()
    pushed.set(path, [...(pushed.get(path) ?? []), { events, authorization }])
  }
  return [...pushed].map(([path, sources]) => pushEndpoint({ path, sources, revocations }))
}
