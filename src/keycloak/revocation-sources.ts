import type { ClientOptions } from '../authorization-server/options.ts'
import { optionError } from '../options/option-error.ts'
import type {
  BackchannelLogoutOptions,
  RevocationSourceOptions,
  SecurityEventOptions,
} from '../revocation/options.ts'
import { type AdminActionOptions, adminActionPushes } from './admin-actions.ts'

/** The options of `keycloak()` for what Keycloak tells about ended sessions and revoked tokens. */
interface Given {
  readonly backchannelLogout: BackchannelLogoutOptions | string | readonly string[] | undefined
  readonly securityEvents: SecurityEventOptions | undefined
  readonly notBefore: boolean | number | undefined
  readonly adminActions: AdminActionOptions | undefined
  readonly revocationPushes: RevocationSourceOptions['revocationPushes'] | undefined
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

function asOptions(given: NonNullable<Given['backchannelLogout']>): BackchannelLogoutOptions {
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
