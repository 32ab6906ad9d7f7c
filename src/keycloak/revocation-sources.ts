import type { ClientOptions } from '../authorization-server/options.ts'
import { optionError } from '../options/option-error.ts'
import type {
  BackchannelLogoutOptions,
  RevocationSourceOptions,
  SecurityEventOptions,
} from '../revocation/options.ts'
import { type AdminActionOptions, adminActionPushes } from './admin-actions.ts'

/** Options of `keycloak()` for what Keycloak tells about ended sessions and revoked tokens. */
export interface KeycloakRevocationOptions
  extends Pick<RevocationSourceOptions, 'revocationPushes'> {
  /**
   * Accepts logout tokens: the ids of the MCP clients whose sessions Keycloak tells about, or an object.
   * Each of these clients needs the address of this server as its back-channel logout URL.
   *
   * @defaultValue none
   */
  readonly backchannelLogout?: BackchannelLogoutOptions | string | readonly string[]
  /**
   * Accepts security events (Keycloak's feature `ssf`). With `clientId`, this server's own client manages
   * the stream, unless `securityEvents.client` names another one, or `securityEvents.audience` says that
   * somebody else set the stream up.
   *
   * Keycloak cannot serve `delivery: 'poll'` to a client whose id is a URL: such a server needs
   * `securityEvents.client`.
   *
   * @defaultValue none
   */
  readonly securityEvents?: SecurityEventOptions
  /**
   * Whether the not-before time of the realm is polled: "Revocation" in the administration console. A
   * number is the pause between two polls, in seconds; `true` means 30. Introspection notices the time by
   * itself; signatures do not.
   *
   * @defaultValue `false`
   */
  readonly notBefore?: boolean | number
  /**
   * Accepts the admin actions that Keycloak posts to the Admin URL of a client: a not-before time that is
   * pushed, and "Sign out all active sessions".
   *
   * @defaultValue none
   */
  readonly adminActions?: AdminActionOptions
}

type Given = {
  readonly [Name in keyof KeycloakRevocationOptions]: KeycloakRevocationOptions[Name] | undefined
}

/**
 * Makes the options for the revocations of a realm.
 *
 * @param client this server's own client
 * @throws {TypeError} naming the option that is wrong
 * @internal
 */
export function revocationSourcesOf(
  { backchannelLogout, securityEvents, notBefore = false, adminActions, revocationPushes }: Given,
  client: ClientOptions | undefined,
): RevocationSourceOptions {
  const pushes = [
    ...(revocationPushes ?? []),
    ...(adminActions === undefined ? [] : adminActionPushes(adminActions)),
  ]
  return {
    ...(backchannelLogout && { backchannelLogout: asOptions(backchannelLogout) }),
    ...(securityEvents && { securityEvents: withClient(securityEvents, client) }),
    ...(notBefore === false ? {} : { notBefore: notBeforeOptions(notBefore) }),
    ...(pushes.length === 0 ? {} : { revocationPushes: pushes }),
  }
}

function asOptions(
  given: NonNullable<KeycloakRevocationOptions['backchannelLogout']>,
): BackchannelLogoutOptions {
  const isList = typeof given === 'string' || Array.isArray(given)
  return isList ? { clientIds: given } : (given as BackchannelLogoutOptions)
}

/** Adds this server's own client, unless the options name a client or somebody else set the stream up. */
function withClient(
  options: SecurityEventOptions,
  own: ClientOptions | undefined,
): SecurityEventOptions {
  const byHand = options.audience !== undefined && options.delivery !== 'poll'
  const client = options.client ?? (byHand ? undefined : own)
  const polling = options.delivery === 'poll' && options.pollEndpoint === undefined
  // The poll URL contains the client id as it is, and Keycloak refuses URLs with "//" (26.7.4).
  if (polling && client?.clientId.includes('//')) {
    const wants = 'must be a client whose id is not a URL: Keycloak refuses to be polled by others'
    throw optionError('keycloak', 'securityEvents.client', wants, client.clientId)
  }
  return client === undefined ? options : { ...options, client }
}

/** The realm's public document is at its issuer. */
function notBeforeOptions(
  notBefore: true | number,
): NonNullable<RevocationSourceOptions['notBefore']> {
  if (notBefore !== true && typeof notBefore !== 'number') {
    throw optionError(
      'keycloak',
      'notBefore',
      'must be a boolean or a number of seconds',
      notBefore,
    )
  }
  const member = 'tokens-not-before'
  return notBefore === true ? { member } : { member, interval: notBefore }
}
