import { timingSafeEqual } from 'node:crypto'
import type { Endpoint } from '../../http/endpoint.ts'
import { headerValues } from '../../http/header-fields.ts'
import type { HttpAnswer } from '../../http/http-answer.ts'
import type { ResourceRequest } from '../../http/resource-request.ts'
import { digestOf } from '../../storage/digest.ts'
import { mediaTypeOf, readReceivedBody } from '../received-body.ts'
import { NO_STORE, reportFailure } from '../receiver.ts'
import type { Revocations } from '../revocations.ts'
import { answeredError, RefusedMessage, readSignedMessage } from '../signed-message.ts'
import type { SecurityEvents } from './security-events.ts'
import { AUTHENTICATION_FAILED, type SetError, setErrorOf } from './set-error.ts'

/** A transmitter that pushes. @internal */
export interface PushSource {
  readonly events: SecurityEvents
  /** The accepted values of `Authorization`. */
  readonly authorization: readonly string[]
}

/** @internal */
export interface PushEndpointParts {
  readonly path: string
  readonly sources: readonly PushSource[]
  readonly revocations: Revocations
}

const MEDIA_TYPE = 'application/secevent+jwt'

/**
 * Makes the endpoint at which transmitters push security events (RFC 8935). The answer is 202 only when the
 * event counts and cannot be lost. If the keys or the store do not answer, the answer is 503, so that the
 * transmitter sends the event again.
 *
 * @internal
 */
export function pushEndpoint({ path, sources, revocations }: PushEndpointParts): Endpoint {
  const known = sources.map(({ events, authorization }) => ({
    events,
    digests: authorization.map(comparable),
  }))
  return {
    path,
    methods: ['POST'],
    headers: NO_STORE,
    async answer(request) {
      // `Authorization` is checked before anything else, so strangers learn nothing and cost little.
      const given = comparable(headerValues(request.headers, 'authorization').join('\n'))
      const transmitters = known
        .filter(({ digests }) => digests.some((digest) => timingSafeEqual(digest, given)))
        .map(({ events }) => events)
      const refuse = (error: SetError, why: string): HttpAnswer => {
        const detail = `a security event was refused: ${why}`
        revocations.report({ kind: 'message_refused', source: 'security_event', detail })
        return refusal(error)
      }
      if (transmitters.length === 0) {
        return refuse(AUTHENTICATION_FAILED, 'the header field Authorization is missing or wrong')
      }
      try {
        await accept(request, transmitters)
        return { status: 202, headers: NO_STORE, body: undefined }
      } catch (thrown) {
        const error = answeredError(thrown)
        if (error instanceof RefusedMessage) return refuse(setErrorOf(error), error.message)
        reportFailure(revocations, 'security_event', 'a security event', thrown)
        throw error
      }
    },
  }
}

async function accept(
  request: ResourceRequest,
  transmitters: readonly SecurityEvents[],
): Promise<void> {
  if (mediaTypeOf(request) !== MEDIA_TYPE) {
    throw new RefusedMessage('request', `the body is not ${MEDIA_TYPE}`)
  }
  const body = await readReceivedBody(request)
  if (typeof body !== 'string') throw new RefusedMessage('request', 'the body is not a text')
  const { jws, source } = readSignedMessage(body.trim(), transmitters)
  await source.acceptMessage(jws)
}

/** The answer to a message that is not accepted (RFC 8935 §2.3). */
function refusal(error: SetError): HttpAnswer {
  const headers = {
    ...NO_STORE,
    'Content-Type': 'application/json',
    'Content-Language': 'en',
  }
  return { status: 400, headers, body: JSON.stringify(error) }
}

/** A digest: values of any length compare in the same time. */
function comparable(value: string): Uint8Array {
  return Buffer.from(digestOf(value))
}
