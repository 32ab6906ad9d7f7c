import { createOAuthClient } from '../../authorization-server/client-authentication/create-oauth-client.ts'
import { optionPath } from '../../authorization-server/configured-issuer.ts'
import type { TokenIssuer } from '../../authorization-server/token-issuer.ts'
import { Transmitter } from '../../authorization-server/transmitter/transmitter.ts'
import type { Clock } from '../../storage/clock.ts'
import type { RevocationEvent } from '../../telemetry/events.ts'
import type { BackgroundSource } from '../background-sources.ts'
import { EVENT_EFFECTS } from '../events/event-types.ts'
import type { ManagementEvent } from '../events/management-event.ts'
import type { SecurityEvents } from '../events/security-events.ts'
import type { SecurityEventSettings } from '../options-schema.ts'
import type { Revocations } from '../revocations.ts'
import { EventPolling, type PollTiming } from './event-polling.ts'
import { EventStream, type StreamTiming } from './event-stream.ts'

/** @internal */
export interface ManagedStreamParts {
  /** The public function that was called, for messages. */
  readonly where: string
  /** The full name of the authorization server's options. */
  readonly optionsPath: string
  readonly server: TokenIssuer
  readonly settings: SecurityEventSettings & { readonly client: object }
  readonly resource: string
  /** The URL at which security events arrive by push. */
  readonly pushUrl: string
  readonly revocations: Revocations
  readonly allowInsecureHttp: boolean
  readonly clock: Clock
  readonly timing?: Partial<StreamTiming & PollTiming> | undefined
}

/** The description of the streams that a resource server makes. @internal */
export function descriptionOf(resource: string): string {
  return `mcp-resource-server ${resource}`
}

/** The types of the events that have an effect. @internal */
export function wantedEvents({
  onCredentialChange,
  onTokenClaimsChange,
}: Pick<SecurityEventSettings, 'onCredentialChange' | 'onTokenClaimsChange'>): readonly string[] {
  return [...EVENT_EFFECTS]
    .filter(([, effect]) => effect !== 'credential' || onCredentialChange === 'revoke')
    .filter(([, effect]) => effect !== 'claims' || onTokenClaimsChange === 'revoke')
    .map(([type]) => type)
}

/**
 * The stream of an authorization server that this server manages with its client there, and the polls if its
 * events are polled.
 *
 * With the options `pollEndpoint` and `audience` the stream was set up by hand, and is only polled.
 *
 * @internal
 */
export class ManagedStream implements BackgroundSource {
  readonly #parts: ManagedStreamParts
  readonly #transmitter: Transmitter
  readonly #stream: EventStream | undefined
  #polling: EventPolling | undefined

  /** @throws {TypeError} naming the option that is wrong */
  constructor(parts: ManagedStreamParts) {
    const { where, optionsPath, server, settings, allowInsecureHttp, clock } = parts
    const { client, scopes, configurationUrl: metadataUrl, audience, pollEndpoint } = settings
    this.#parts = parts
    const { issuer, http } = server
    const optionAt = (name: string) => optionPath(optionsPath, `securityEvents.client.${name}`)
    const oauthClient = createOAuthClient(client, { where, optionAt, issuer, clock, http })
    this.#transmitter = new Transmitter({
      server: { ...server, client: oauthClient },
      scopes,
      metadataUrl,
      allowInsecureHttp,
      clock,
    })
    const byHand = pollEndpoint !== undefined && audience !== undefined
    this.#stream = byHand ? undefined : this.#createStream()
  }

  /** The `aud` of the stream's events. Empty until the stream is known. */
  get audiences(): readonly string[] {
    return this.#stream?.audiences ?? []
  }

  /** What to do with an event about the stream itself; `undefined` if the stream was set up by hand. */
  get onManagementEvent(): ((event: ManagementEvent) => void) | undefined {
    const stream = this.#stream
    return stream && ((event) => stream.handle(event))
  }

  /** Fetches the events of the stream. */
  poll(events: SecurityEvents): void {
    const { settings, timing } = this.#parts
    const configured = settings.pollEndpoint && new URL(settings.pollEndpoint)
    this.#polling = new EventPolling({
      transmitter: this.#transmitter,
      events,
      url: () => configured || this.#stream?.pollUrl,
      onDoubt: () => this.#stream?.look(),
      report: (event) => this.#report(event),
      timing: { interval: settings.pollInterval * 1000, ...timing },
    })
  }

  start(): void {
    this.#stream?.start()
    this.#polling?.start()
  }

  /** @throws {UnavailableError} `security_events_failed`, with what to do */
  async ready(): Promise<void> {
    await this.#stream?.ready()
    await this.#polling?.ready()
  }

  close(): void {
    this.#stream?.close()
    this.#polling?.close()
  }

  #createStream(): EventStream {
    const { settings, resource, pushUrl: url, timing } = this.#parts
    const [authorization] = [settings.authorization ?? []].flat()
    return new EventStream({
      transmitter: this.#transmitter,
      wanted: {
        delivery:
          settings.delivery === 'push'
            ? { method: 'push', url, authorization }
            : { method: 'poll' },
        events: wantedEvents(settings),
        description: descriptionOf(resource),
      },
      report: (event) => this.#report(event),
      ...(timing === undefined ? {} : { timing }),
    })
  }

  #report(event: Pick<RevocationEvent, 'kind' | 'detail'>): void {
    const { revocations, server } = this.#parts
    revocations.report({ ...event, source: 'security_event', issuer: server.issuer })
  }
}
