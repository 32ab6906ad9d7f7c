import type { TokenIssuer } from '../authorization-server/token-issuer.ts'
import type { Endpoint } from '../http/endpoint.ts'
import type { HttpAnswer } from '../http/http-answer.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { isObject } from '../json-object.ts'
import type { Clock } from '../storage/clock.ts'
import type { ReplayStore } from '../storage/replay-store.ts'
import { readAudience } from '../token/audience.ts'
import { mediaTypeOf, readReceivedBody } from './received-body.ts'
import type { Revocations, RevokedTokens } from './revocations.ts'
import { checkMessageSignature, RefusedMessage, readSignedMessage } from './signed-message.ts'

/** An authorization server that sends logout tokens. @internal */
export interface LogoutSource {
  readonly server: TokenIssuer
  readonly clientIds: readonly string[]
}

/** @internal */
export interface BackchannelLogoutParts {
  readonly path: string
  readonly sources: readonly LogoutSource[]
  readonly revocations: Revocations
  /** Remembers the logout tokens that were applied. */
  readonly replays: ReplayStore
  readonly clockTolerance: number
  readonly clock: Clock
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const TYPES = new Set(['logout+jwt', 'application/logout+jwt', 'jwt'])

/** Makes the endpoint that receives logout tokens (OpenID Connect Back-Channel Logout 1.0 §2.5). @internal */
export function backchannelLogoutEndpoint(parts: BackchannelLogoutParts): Endpoint {
  return { path: parts.path, methods: ['POST'], answer: (request) => answer(parts, request) }
}

async function answer(
  parts: BackchannelLogoutParts,
  request: ResourceRequest,
): Promise<HttpAnswer> {
  const headers = { 'Cache-Control': 'no-store' }
  try {
    await parts.revocations.apply(await readLogout(parts, request), 'logout_token')
    return { status: 200, headers, body: undefined }
  } catch (error) {
    if (!(error instanceof RefusedMessage)) throw error
    const detail = `a logout token was refused: ${error.message}`
    parts.revocations.report({ kind: 'message_refused', source: 'logout_token', detail })
    const body = JSON.stringify({
      error: 'invalid_request',
      error_description: 'The logout token is not valid.',
    })
    return { status: 400, headers: { ...headers, 'Content-Type': 'application/json' }, body }
  }
}

async function readLogout(
  { sources, clock, clockTolerance }: BackchannelLogoutParts,
  request: ResourceRequest,
): Promise<readonly RevokedTokens[]> {
  const { jws, source } = readSignedMessage(await readLogoutToken(request), sources)
  const { claims, type } = jws
  if (!TYPES.has(type?.toLowerCase() ?? '')) throw refused('"typ" is not logout+jwt')
  if (!readAudience(claims.aud).some((audience) => source.clientIds.includes(audience))) {
    throw new RefusedMessage('audience', '"aud" names none of the configured client ids')
  }
  const { events, nonce, sub, sid, iat, exp, jti } = claims
  if (!isObject(events) || !isObject(events[EVENT])) throw refused('"events" names no logout')
  if (nonce !== undefined) throw refused('"nonce" must not be there')
  const now = clock() / 1000
  if (typeof iat !== 'number' || !(iat <= now + clockTolerance)) throw refused('"iat" is wrong')
  if (typeof exp !== 'number' || !(now < exp + clockTolerance)) throw refused('"exp" is over')
  if (typeof jti !== 'string' || jti === '') throw refused('"jti" is missing')
  await checkMessageSignature(jws, source.server)
  const { issuer } = source.server
  const at = iat
  const issuedUntil = Math.floor(iat)
  if (typeof sid === 'string') {
    const session = { issuer, kind: 'session', id: sid, issuedUntil: undefined, at } as const
    if (typeof sub !== 'string') return [session]
    return [session, { issuer, kind: 'sessionless', id: sub, issuedUntil, at }]
  }
  if (typeof sub === 'string') return [{ issuer, kind: 'subject', id: sub, issuedUntil, at }]
  throw refused('neither "sub" nor "sid" is there')
}

async function readLogoutToken(request: ResourceRequest): Promise<string> {
  if (mediaTypeOf(request) !== 'application/x-www-form-urlencoded') {
    throw refused('the body is not application/x-www-form-urlencoded')
  }
  const body = await readReceivedBody(request)
  const given =
    typeof body === 'string'
      ? new URLSearchParams(body).getAll('logout_token')
      : [body.logout_token].flat()
  const [token, second] = given
  if (typeof token === 'string' && second === undefined) return token
  throw refused('it must have exactly one logout_token')
}

function refused(message: string): RefusedMessage {
  return new RefusedMessage('request', message)
}
