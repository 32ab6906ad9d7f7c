import { isObject } from '../../json-object.ts'
import { quoted } from '../../quoted.ts'
import { STREAM_UPDATED, VERIFICATION } from './event-types.ts'

/** What a transmitter says about the stream itself (SSF 1.0 §8.1.4, §8.1.5). @internal */
export type ManagementEvent =
  | {
      readonly kind: 'verification'
      readonly streamId: string | undefined
      /** What the receiver gave with its request; `undefined` if the transmitter began. */
      readonly state: string | undefined
    }
  | {
      readonly kind: 'stream-updated'
      readonly streamId: string | undefined
      /** `enabled`, `paused`, `disabled`, or anything that a transmitter makes up. */
      readonly status: string
      readonly reason: string | undefined
    }

/** Reads an event about the stream. @returns `undefined` if the event is about something else @internal */
export function readManagementEvent(
  type: string,
  event: Readonly<Record<string, unknown>>,
  subject: unknown,
): ManagementEvent | undefined {
  const streamId = isObject(subject) ? textOf(subject.id) : undefined
  if (type === VERIFICATION) return { kind: 'verification', streamId, state: textOf(event.state) }
  if (type !== STREAM_UPDATED) return undefined
  // Keycloak 26.7.4 puts the answer of its status endpoint where the specification has a text.
  const given = isObject(event.status) ? event.status.status : event.status
  const status = textOf(given) ?? 'unknown'
  return { kind: 'stream-updated', streamId, status, reason: textOf(event.reason) }
}

/** Describes an event about the stream for operators. @internal */
export function descriptionOf(event: ManagementEvent): string {
  if (event.kind === 'verification') return 'a verification event came through the stream'
  const { status, reason } = event
  const why = reason === undefined ? '' : `: ${quoted(reason)}`
  return `the transmitter says that the stream is ${quoted(status)}${why}`
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
