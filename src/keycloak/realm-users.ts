import { newSecret } from './realm-clients.ts'
import type { RealmClient, RealmUser } from './realm-options.ts'
import type { UserRepresentation } from './realm-representation.ts'

/** Makes a user of the realm. @internal */
export function userOf(user: RealmUser, realm: string, serverClientId: string): UserRepresentation {
  const { username, roles = [], clientRoles = [] } = user
  return {
    username,
    enabled: true,
    // Without email, first name and last name Keycloak calls the account "not fully set up", and issues
    // no token.
    email: user.email ?? `${username}@example.com`,
    firstName: user.firstName ?? username,
    lastName: user.lastName ?? 'Example',
    emailVerified: true,
    credentials: [{ type: 'password', value: user.password ?? newSecret(), temporary: false }],
    // Keycloak gives an imported user only the listed roles, so its default role is listed too.
    realmRoles: [`default-roles-${realm.toLowerCase()}`, ...roles],
    clientRoles: clientRoles.length === 0 ? {} : { [serverClientId]: clientRoles },
  }
}

/** Makes the users of service accounts. A partial import does not create them. @internal */
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
