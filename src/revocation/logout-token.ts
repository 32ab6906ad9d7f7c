import type { TokenIssuer } from '../authorization-server/token-issuer.ts'
import { isObject, ownMember } from '../json-object.ts'
import { quoted } from '../quoted.ts'
import type { Clock } from '../storage/clock.ts'
import type { Claims } from '../token/verified-token.ts'
import type { ReceivedMessage } from './receiver.ts'
import type { RevokedTokens } from './revocation.ts'
import {
  checkMessageAudience,
  checkMessageSignature,
  RefusedMessage,
  readMessageId,
  readSignedMessage,
} from './signed-message.ts'

/** An authorization server that sends logout tokens. @internal */
export interface LogoutSource {
  readonly server: TokenIssuer
  readonly clientIds: readonly string[]
}

/** @internal */
export interface LogoutTokenRules {
  readonly sources: readonly LogoutSource[]
  /** In seconds. */
  readonly clockTolerance: number
  readonly clock: Clock
}

/** The event that makes a JWT a logout token. @internal */
export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * The accepted `typ`, in lower case. The specification recommends `logout+jwt` and does not require it.
 * Older servers write `JWT` (Keycloak before version 26) or nothing, which both mean no more than that it
 * is a JWT. Any other type is the type of another kind of token.
 */
const TYPES: ReadonlySet<string | undefined> = new Set([
  'logout+jwt',
  'application/logout+jwt',
  'jwt',
  undefined,
])

/** The types that no other kind of token has. */
const SAYS_LOGOUT = /^(application\/)?logout\+jwt$/i

/** Claims of access tokens and of ID tokens that no logout token has. */
const OTHER_CLAIMS = ['azp', 'scope', 'at_hash'] as const

/**
 * Checks a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6), and reads whose tokens it revokes.
 * The signature comes last, because the other checks cost less (BCL-1, BCL-2).
 *
 * @throws {RefusedMessage} @throws {UnavailableError} if the issuer's keys cannot be fetched
 * @internal
 */
export async function checkLogoutToken(
  text: string,
  { sources, clockTolerance, clock }: LogoutTokenRules,
): Promise<ReceivedMessage> {
  const { jws, source } = readSignedMessage(text, sources)
  const { claims, type } = jws
  if (!TYPES.has(type?.toLowerCase())) {
    throw refused(`"typ" is ${quoted(type)}; expected "logout+jwt"`)
  }
  if (!SAYS_LOGOUT.test(type ?? '')) checkNoOtherToken(claims)
  checkMessageAudience(claims.aud, source.clientIds)
  checkEvent(claims)
  const { issuedAt, expiresAt } = readTimes(claims, clock() / 1000, clockTolerance)
  const { issuer } = source.server
  const id = readMessageId(claims.jti, 'jti')
  const revoked = readRevoked(issuer, claims, issuedAt)
  await checkMessageSignature(jws, source.server)
  return { issuer, id, until: (expiresAt + clockTolerance) * 1000, revoked }
}

function checkEvent(claims: Claims): void {
  if (!isObject(ownMember(claims.events, LOGOUT_EVENT))) {
    throw refused(`"events" has no object ${quoted(LOGOUT_EVENT)}`)
  }
  // An ID token may have a nonce. A logout token must not, so that neither is taken for the other.
  if ('nonce' in claims) throw refused('it has a "nonce", which a logout token must not have')
}

/**
 * Checks that a JWT whose `typ` does not say so is no access token or ID token. At many servers, whoever
 * registers a client may choose claims of its tokens, such as `events`. Keycloak has a claim `typ` too.
 */
function checkNoOtherToken(claims: Claims): void {
  const { typ = 'Logout' } = claims
  if (typ !== 'Logout') throw refused(`the claim "typ" is ${quoted(typ)}, expected is "Logout"`)
  const other = OTHER_CLAIMS.find((claim) => claim in claims)
  if (other !== undefined) throw refused(`it has "${other}", which a logout token does not have`)
}

function readTimes(
  { iat, exp }: Claims,
  now: number,
  tolerance: number,
): { readonly issuedAt: number; readonly expiresAt: number } {
  if (typeof iat !== 'number' || !(iat > 0 && iat <= now + tolerance)) {
    throw refused(`"iat" is ${quoted(iat)}; expected a time in the past in seconds`)
  }
  if (typeof exp !== 'number' || !Number.isFinite(exp)) {
    throw refused(`"exp" is ${quoted(exp)}; expected a time in seconds`)
  }
  if (!(now < exp + tolerance)) throw refused('it has expired')
  return { issuedAt: iat, expiresAt: exp }
}

/**
 * Reads whose tokens are revoked. With `sid`, the session ends, and other sessions of the user go on. A
 * token without `sid` may belong to the session, so such tokens of the user are revoked too, if they were
 * issued before. Without `sid`, all sessions of the user end (§2.4).
 */
function readRevoked(issuer: string, claims: Claims, at: number): readonly RevokedTokens[] {
  const sid = claims.sid === undefined ? undefined : readMessageId(claims.sid, 'sid')
  const sub = claims.sub === undefined ? undefined : readMessageId(claims.sub, 'sub')
  const issuedUntil = Math.floor(at)
  if (sid === undefined) {
    if (sub === undefined) throw refused('it has neither "sub" nor "sid"')
    return [{ issuer, kind: 'subject', id: sub, issuedUntil, at }]
  }
  const session = { issuer, kind: 'session', id: sid, issuedUntil: undefined, at } as const
  if (sub === undefined) return [session]
  return [session, { issuer, kind: 'sessionless', id: sub, issuedUntil, at }]
}

function refused(message: string): RefusedMessage {
  return new RefusedMessage('request', message)
}
