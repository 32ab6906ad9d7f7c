import { newSecret } from './realm-clients.ts'
import type { RealmClient, RealmUser } from './realm-options.ts'
import type { UserRepresentation } from './realm-representation.ts'

/** @internal */
export function userOf(user: RealmUser, realm: string, serverClientId: string): UserRepresentation {
  const { username, roles = [], clientRoles = [] } = user
  return {
    username,
    enabled: true,
    // Without these three Keycloak calls the account "not fully set up" and gives out no token.
    email: user.email ?? `${username}@example.com`,
    firstName: user.firstName ?? username,
    lastName: user.lastName ?? 'Example',
    emailVerified: true,
    credentials: [{ type: 'password', value: user.password ?? newSecret(), temporary: false }],
    // Imported users have the roles that are listed and no others, Keycloak's own included.
    realmRoles: [`default-roles-${realm.toLowerCase()}`, ...roles],
    clientRoles: clientRoles.length === 0 ? {} : { [serverClientId]: clientRoles },
  }
}

/** The users behind service accounts: a partial import makes none by itself. @internal */
export function serviceAccountUsers(clients: readonly RealmClient[]): UserRepresentation[] {
  return clients
    .filter(({ serviceAccount }) => serviceAccount)
    .map(({ clientId, roles = [] }) => ({
      username: `service-account-${clientId.toLowerCase()}`,
      enabled: true,
      serviceAccountClientId: clientId,
      realmRoles: roles,
      clientRoles: {},
    }))
}
