import { randomUUID } from 'node:crypto'
import type { TestKey } from './test-key.ts'

/** What a logout token says. */
export interface TestLogoutTokenOptions {
  /**
   * The user whose sessions end, the claim `sub`.
   *
   * @defaultValue `'test-user'`, or none if `session` is given
   */
  readonly subject?: string
  /**
   * The session that ends, the claim `sid`.
   *
   * @defaultValue none: every session of the user ends
   */
  readonly session?: string
  /**
   * The OAuth client of the session, the claim `aud`.
   *
   * @defaultValue `'test-client'`
   */
  readonly clientId?: string
  /**
   * The key that signs: the id of one of the issuer's keys, or a key of `createTestKey`.
   *
   * @defaultValue the issuer's signing key
   */
  readonly key?: string | TestKey
  /**
   * Further claims, or claims in place of the ones above. A claim that is `undefined` is left out.
   *
   * @defaultValue none
   */
  readonly claims?: Readonly<Record<string, unknown>>
  /**
   * Members of the header, in place of the usual ones. A member that is `undefined` is left out.
   *
   * @defaultValue none
   */
  readonly header?: Readonly<Record<string, unknown>>
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Seconds for which a logout token is valid. */
const LIFETIME = 120

/** The claims of a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4). @internal */
export function logoutClaims(
  issuer: string,
  options: TestLogoutTokenOptions,
  now: number,
): Readonly<Record<string, unknown>> {
  const { session, clientId = 'test-client' } = options
  const subject = options.subject ?? (session === undefined ? 'test-user' : undefined)
  return {
    iss: issuer,
    aud: clientId,
    iat: now,
    exp: now + LIFETIME,
    jti: randomUUID(),
    sub: subject,
    sid: session,
    events: { [LOGOUT_EVENT]: {} },
    ...options.claims,
  }
}
