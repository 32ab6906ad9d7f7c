import { isObject, ownMember } from '../../json-object.ts'
import { quoted } from '../../quoted.ts'

/** The names of the delivery methods (SSF 1.0 §6.1). @internal */
export const DELIVERY_METHODS = {
  push: 'urn:ietf:rfc:8935',
  poll: 'urn:ietf:rfc:8936',
} as const

/** A stream of security events, as the transmitter describes it (SSF 1.0 §8.1.1). @internal */
export interface StreamConfiguration {
  readonly id: string
  readonly audiences: readonly string[]
  readonly method: string | undefined
  readonly url: string | undefined
  /** The header that the transmitter sends; `undefined` if it does not say. It is secret. */
  readonly authorization: string | undefined
  readonly eventsRequested: readonly string[]
  /** `undefined` if the transmitter does not say. */
  readonly eventsDelivered: readonly string[] | undefined
  readonly description: string | undefined
}

/** What this server wants its stream to be. @internal */
export interface WantedStream {
  readonly delivery:
    | { readonly method: 'push'; readonly url: string; readonly authorization: string | undefined }
    | { readonly method: 'poll' }
  readonly events: readonly string[]
  /** Names the resource server, so that its instances know the stream as theirs. */
  readonly description: string | undefined
}

/** Longest accepted text of a configuration. */
const LONGEST = 2048

/**
 * Reads the configuration of a stream.
 *
 * @returns a description of the fault, for operators, if it cannot be used
 * @internal
 */
export function readStreamConfiguration(
  value: unknown,
  issuer: string,
): StreamConfiguration | string {
  if (!isObject(value)) return 'a stream is not an object'
  const { stream_id: id, iss, aud, delivery } = value
  if (!isText(id)) return '"stream_id" of a stream is missing'
  if (iss !== undefined && iss !== issuer) {
    return `"iss" of the stream is ${quoted(iss)}, configured is ${quoted(issuer)}`
  }
  const audiences = typeof aud === 'string' ? [aud] : aud
  if (!Array.isArray(audiences) || audiences.length === 0 || !audiences.every(isText)) {
    return '"aud" of the stream is neither a string nor a list of strings'
  }
  return {
    id,
    audiences,
    method: textOf(ownMember(delivery, 'method')),
    url: textOf(ownMember(delivery, 'endpoint_url')),
    authorization: textOf(ownMember(delivery, 'authorization_header')),
    eventsRequested: textsOf(value.events_requested) ?? [],
    eventsDelivered: textsOf(value.events_delivered),
    description: textOf(value.description),
  }
}

/**
 * Whether a stream belongs to this server: it names this resource server, or it delivers to it. A client
 * may also have a stream that an operator made for another purpose, and that one is never changed.
 *
 * @internal
 */
export function isOurs(stream: StreamConfiguration, wanted: WantedStream): boolean {
  if (wanted.description !== undefined && stream.description === wanted.description) return true
  const { delivery } = wanted
  if (stream.method !== DELIVERY_METHODS[delivery.method]) return false
  // Nobody else polls a stream of this client, unless its description says so.
  return delivery.method === 'push' ? stream.url === delivery.url : stream.description === undefined
}

/** The members that describe the wanted stream to the transmitter. @internal */
export function wantedMembers({
  delivery,
  events,
  description,
}: WantedStream): Readonly<Record<string, unknown>> {
  return {
    delivery:
      delivery.method === 'push'
        ? {
            method: DELIVERY_METHODS.push,
            endpoint_url: delivery.url,
            ...(delivery.authorization === undefined
              ? {}
              : { authorization_header: delivery.authorization }),
          }
        : { method: DELIVERY_METHODS.poll },
    events_requested: events,
    ...(description === undefined ? {} : { description }),
  }
}

/**
 * The members of a stream that differ from the wanted ones, by their names. A transmitter may keep the
 * header `Authorization` to itself: then nobody knows whether it differs, and it is set.
 *
 * @internal
 */
export function differences(stream: StreamConfiguration, wanted: WantedStream): readonly string[] {
  const { delivery, events, description } = wanted
  const differing: string[] = []
  const isDelivered =
    stream.method === DELIVERY_METHODS[delivery.method] &&
    (delivery.method === 'poll' || stream.url === delivery.url)
  if (!isDelivered) differing.push('delivery')
  else if (delivery.method === 'push' && stream.authorization !== delivery.authorization) {
    differing.push('authorization_header')
  }
  const requested = new Set(stream.eventsRequested)
  if (requested.size !== events.length || events.some((event) => !requested.has(event))) {
    differing.push('events_requested')
  }
  if (description !== undefined && stream.description !== description) differing.push('description')
  return differing
}

/** The members of a change: only those that differ. @internal */
export function changedMembers(
  stream: StreamConfiguration,
  wanted: WantedStream,
  differing: readonly string[],
): Readonly<Record<string, unknown>> {
  const { delivery, events_requested, description } = wantedMembers(wanted)
  return {
    stream_id: stream.id,
    // `delivery` is changed as a whole. Without need that would remove the URL that Keycloak polls at.
    ...(differing.includes('delivery') || differing.includes('authorization_header')
      ? { delivery }
      : {}),
    ...(differing.includes('events_requested') ? { events_requested } : {}),
    ...(differing.includes('description') ? { description } : {}),
  }
}

/** All members that a receiver sets, for a transmitter that replaces the stream. @internal */
export function allMembers(
  { method, url, description }: StreamConfiguration,
  wanted: WantedStream,
): Readonly<Record<string, unknown>> {
  const members = {
    ...(description === undefined ? {} : { description }),
    ...wantedMembers(wanted),
  }
  // The transmitter has chosen the URL of polls. It is given back as it is.
  return method === DELIVERY_METHODS.poll && wanted.delivery.method === 'poll' && url !== undefined
    ? { ...members, delivery: { method, endpoint_url: url } }
    : members
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST
}

function textOf(value: unknown): string | undefined {
  return isText(value) ? value : undefined
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter(isText) : undefined
}
