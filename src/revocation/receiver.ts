import { UnavailableError } from '../errors/unavailable-error.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { HttpAnswer } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { nameOf } from '../redaction.ts'
import { digestOf } from '../storage/digest.ts'
import type { MessageReplays } from '../storage/replay-store.ts'
import type { RevocationEvent } from '../telemetry/events.ts'
import type { RevokedTokens } from './revocation.ts'
import type { Revocations } from './revocations.ts'
import { answeredError, RefusedMessage } from './signed-message.ts'

/** A message of an authorization server that was checked. @internal */
export interface ReceivedMessage {
  readonly issuer: string
  /** Identifies the message among those of its issuer. */
  readonly id: string
  /** The last instant at which the message could be accepted, in milliseconds since the epoch. */
  readonly until: number
  readonly revoked: readonly RevokedTokens[]
}

/** @internal */
export interface ReceiverParts {
  readonly path: string
  /** What arrives here, such as `a logout token`, for messages. */
  readonly what: string
  readonly source: RevocationEvent['source']
  readonly revocations: Revocations
  /** Remembers the messages that were applied. */
  readonly replays: MessageReplays
  /** @throws {RefusedMessage} @throws {UnavailableError} */
  readonly read: (request: ResourceRequest) => Promise<ReceivedMessage>
}

/** Answers must not be cached, because every request must reach this server (§2.8). @internal */
export const NO_STORE = { 'Cache-Control': 'no-store' } as const

/**
 * Makes an endpoint at which an authorization server posts messages that revoke tokens. It answers 200
 * once the revocation counts in every instance, and 400 with a JSON error if the message is not accepted
 * (OpenID Connect Back-Channel Logout 1.0 §2.8, BCL-3). If the fault is ours, or the message may be accepted
 * later, the answer is 503, so that the sender may try again.
 *
 * @internal
 */
export function receiver(parts: ReceiverParts): Endpoint {
  return {
    path: parts.path,
    methods: ['POST'],
    headers: NO_STORE,
    answer: (request) => answer(parts, request),
  }
}

async function answer(parts: ReceiverParts, request: ResourceRequest): Promise<HttpAnswer> {
  const { what, source, revocations } = parts
  try {
    const message = await parts.read(request)
    const id = digestOf(JSON.stringify([message.issuer, message.id]))
    // If it were applied again, a message that revokes "until now" would revoke newer tokens too.
    if (await parts.replays.has(id)) throw receivedBefore()
    // The message is remembered last. If `apply` fails, the sender can send the message again.
    await revocations.apply(message.revoked, source)
    const { until, issuer } = message
    if (!(await parts.replays.remember(id, until, digestOf(issuer)))) throw receivedBefore()
    return { status: 200, headers: NO_STORE, body: undefined }
  } catch (thrown) {
    const error = answeredError(thrown)
    if (!(error instanceof RefusedMessage)) {
      reportFailure(revocations, source, what, thrown)
      throw error
    }
    const detail = `${what} was refused: ${error.message}`
    revocations.report({ kind: 'message_refused', source, detail })
    const body = JSON.stringify({
      error: 'invalid_request',
      error_description: 'The message is not valid. The log of the server says why.',
    })
    return { status: 400, headers: { ...NO_STORE, 'Content-Type': 'application/json' }, body }
  }
}

/**
 * Tells operators why a message was answered with 503. The sender must send it again.
 *
 * @param what the message, such as `a logout token`
 * @internal
 */
export function reportFailure(
  revocations: Revocations,
  source: RevocationEvent['source'],
  what: string,
  thrown: unknown,
): void {
  const error = answeredError(thrown)
  const why = error instanceof UnavailableError ? error.message : nameOf(error)
  const kind = isOfSender(thrown) ? 'message_refused' : 'source_failed'
  revocations.report({ kind, source, detail: `${what} was answered with 503: ${why}` })
}

/** Whether anybody can cause an error with a request. Operators must not take it for a fault of a source. */
function isOfSender(error: unknown): boolean {
  if (error instanceof RefusedMessage) return true
  return error instanceof UnavailableError && error.reason === 'request_aborted'
}

function receivedBefore(): RefusedMessage {
  return new RefusedMessage('request', 'it was received before')
}
