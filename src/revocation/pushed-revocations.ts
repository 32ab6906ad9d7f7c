import type { TokenIssuer } from '../authorization-server/token-issuer.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { quoted } from '../quoted.ts'
import type { Clock } from '../storage/clock.ts'
import type { PushedMessage, RevocationPush } from './push-options.ts'
import { mediaTypeOf, readReceivedBody } from './received-body.ts'
import { type ReceivedMessage, type ReceiverParts, receiver } from './receiver.ts'
import { isForGood, REVOCABLE, type Revocation, type RevokedTokens } from './revocation.ts'
import {
  checkMessageSignature,
  parseMessage,
  RefusedMessage,
  readMessageId,
} from './signed-message.ts'

/** @internal */
export interface PushedRevocationsParts
  extends Pick<ReceiverParts, 'path' | 'revocations' | 'replays'> {
  readonly server: TokenIssuer
  readonly read: RevocationPush['read']
  /** In seconds. Messages are remembered for this time at most. */
  readonly longestTokenLife: number
  /** In seconds. */
  readonly clockTolerance: number
  readonly clock: Clock
}

/** The media types of a JWT that is sent as text. */
const MEDIA_TYPES = new Set(['text/plain', 'application/jwt'])

/** Makes the endpoint that receives the messages of a {@link RevocationPush}. @internal */
export function pushedRevocationsEndpoint(parts: PushedRevocationsParts): Endpoint {
  const { path, revocations, replays } = parts
  return receiver({
    path,
    what: 'a pushed revocation',
    source: 'pushed_message',
    revocations,
    replays,
    read: (request) => readPushed(parts, request),
  })
}

async function readPushed(
  parts: PushedRevocationsParts,
  request: ResourceRequest,
): Promise<ReceivedMessage> {
  const { server, clock, clockTolerance, longestTokenLife } = parts
  if (!MEDIA_TYPES.has(mediaTypeOf(request) ?? '')) {
    throw refused('the media type of the body is not text/plain')
  }
  const body = await readReceivedBody(request)
  const jws = parseMessage(typeof body === 'string' ? body : '')
  const { claims, type } = jws
  // Another type, such as `at+jwt`, is the type of a token.
  if (type !== undefined && type.toLowerCase() !== 'jwt') {
    throw refused(`"typ" is ${quoted(type)}; expected "JWT"`)
  }
  if (claims.iss !== undefined && claims.iss !== server.issuer) {
    throw new RefusedMessage('issuer', `"iss" is ${quoted(claims.iss)}`)
  }
  const { id, expiresAt, revocations } = readMessage(parts, claims)
  const now = clock() / 1000
  if (typeof expiresAt !== 'number' || !Number.isFinite(expiresAt)) {
    throw refused(`its expiry is ${quoted(expiresAt)}; expected a time in seconds`)
  }
  if (!(now < expiresAt + clockTolerance)) throw refused('it has expired')
  // Sent again when it is forgotten, it would revoke newer tokens.
  if (expiresAt + clockTolerance > now + longestTokenLife) {
    throw refused(`it expires in more than ${longestTokenLife} seconds, so it cannot be remembered`)
  }
  const { issuer } = server
  const latest = now + clockTolerance
  const message = {
    issuer,
    id: readMessageId(id, 'id'),
    until: (expiresAt + clockTolerance) * 1000,
    revoked: revocations.map((revocation) => revokedBy(issuer, revocation, now, latest)),
  }
  await checkMessageSignature(jws, server)
  return message
}

function readMessage(
  { read }: PushedRevocationsParts,
  claims: Readonly<Record<string, unknown>>,
): PushedMessage {
  try {
    return read(claims)
  } catch (error) {
    throw refused(error instanceof Error ? error.message : 'it cannot be read')
  }
}

function revokedBy(
  issuer: string,
  revocation: Omit<Revocation, 'issuer'>,
  now: number,
  latest: number,
): RevokedTokens {
  const [kind, second] = REVOCABLE.filter((name) => revocation[name] !== undefined)
  if (kind === undefined || second !== undefined) {
    throw new TypeError(`a revocation has exactly one of ${REVOCABLE.join(', ')}`)
  }
  const { issuedBefore } = revocation
  const id = kind === 'everything' ? {} : { id: readMessageId(revocation[kind], kind) }
  if (isForGood(kind, issuedBefore)) return { issuer, kind, ...id, issuedUntil: undefined, at: now }
  const until = issuedBefore instanceof Date ? issuedBefore.getTime() / 1000 : now
  if (Number.isNaN(until)) throw new TypeError('issuedBefore is not a date')
  // A time in the future would refuse tokens that the server is yet to issue.
  return { issuer, kind, ...id, issuedUntil: Math.floor(Math.min(until, latest)), at: now }
}

function refused(message: string): RefusedMessage {
  return new RefusedMessage('request', message)
}
