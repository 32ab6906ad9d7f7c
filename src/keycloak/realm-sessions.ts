import type { RealmAllowances } from './realm-allowances.ts'
import type { KeycloakRealm } from './realm-representation.ts'

const HOUR = 3600
const DAY = 24 * HOUR

/** Lifetime of access tokens of a new realm, in seconds. @internal */
export const ACCESS_TOKEN_LIFETIME = 300

/** At least 12 characters, and not the user's name or address (NIST SP 800-63B). */
const PASSWORD_POLICY = 'length(12) and notUsername(undefined) and notEmail(undefined)'

/**
 * Makes the settings of a new realm for the lifetimes of sessions and tokens, for passwords, and for
 * events.
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
    // After ten wrong passwords a user must wait a minute, and later up to 15 minutes. With a permanent
    // lock, anybody could lock a user out.
    failureFactor: 10,
    waitIncrementSeconds: 60,
    maxFailureWaitSeconds: 900,
    accessTokenLifespan: accessTokenLifetime,
    // A refresh token ends with its session, so a session must be longer than the user's usual pauses.
    ssoSessionIdleTimeout: 4 * HOUR,
    ssoSessionMaxLifespan: 10 * HOUR,
    // Logout does not end an offline session, so the session needs a time limit.
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
