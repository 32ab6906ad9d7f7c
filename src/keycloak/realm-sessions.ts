import type { RealmAllowances } from './realm-allowances.ts'
import type { KeycloakRealm } from './realm-representation.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/** Seconds that access tokens of a new realm are good for. @internal */
export const ACCESS_TOKEN_LIFETIME = 300

/** RFC 9700 and NIST SP 800-63B: length counts, and a password is not the name of its user. */
const PASSWORD_POLICY = 'length(12) and notUsername(undefined) and notEmail(undefined)'

/**
 * How long sessions and tokens of a new realm last, how passwords are guarded, and what is recorded.
 *
 * @internal
 */
export function realmSessions(
  allow: RealmAllowances,
  accessTokenLifetime: number,
): Pick<
  KeycloakRealm,
  | 'passwordPolicy'
  | 'bruteForceProtected'
  | 'failureFactor'
  | 'waitIncrementSeconds'
  | 'maxFailureWaitSeconds'
  | 'accessTokenLifespan'
  | 'ssoSessionIdleTimeout'
  | 'ssoSessionMaxLifespan'
  | 'offlineSessionIdleTimeout'
  | 'offlineSessionMaxLifespanEnabled'
  | 'offlineSessionMaxLifespan'
  | 'revokeRefreshToken'
  | 'refreshTokenMaxReuse'
  | 'eventsEnabled'
  | 'eventsExpiration'
  | 'adminEventsEnabled'
> {
  return {
    ...(allow.anyPassword ? {} : { passwordPolicy: PASSWORD_POLICY }),
    bruteForceProtected: true,
    // Ten guesses, then a minute, growing to a quarter of an hour. Never for good: anybody could
    // lock a user out then.
    failureFactor: 10,
    waitIncrementSeconds: 60,
    maxFailureWaitSeconds: 900,
    accessTokenLifespan: accessTokenLifetime,
    // Long enough for a client that is used now and then: its refresh token ends with the session.
    ssoSessionIdleTimeout: 4 * HOUR,
    ssoSessionMaxLifespan: 10 * HOUR,
    // Logout does not end an offline session, so it has to end by itself.
    offlineSessionIdleTimeout: allow.endlessOfflineSessions ? 30 * DAY : 7 * DAY,
    offlineSessionMaxLifespanEnabled: !allow.endlessOfflineSessions,
    offlineSessionMaxLifespan: 30 * DAY,
    revokeRefreshToken: !allow.refreshTokenReuse,
    refreshTokenMaxReuse: 0,
    eventsEnabled: true,
    eventsExpiration: 30 * DAY,
    adminEventsEnabled: true,
  }
}
