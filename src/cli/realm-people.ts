import type { RealmClient, RealmUser } from '../keycloak/index.ts'
import { CliError } from './cli-error.ts'

/**
 * Reads the values of `--user`: `name` or `name:role`. A user with several roles is repeated, once for
 * each role.
 *
 * @throws {CliError} if a name or a role is missing
 * @internal
 */
export function usersOf(flags: readonly string[]): readonly RealmUser[] {
  const rolesByName = new Map<string, string[]>()
  for (const flag of flags) {
    // A role may contain a colon, like a scope.
    const [, username = '', , role] = /^([^:]*)(:(.*))?$/s.exec(flag) ?? []
    if (username === '' || role === '') {
      throw new CliError(
        `--user must be a name, or a name and a role (alice:admin); got ${JSON.stringify(flag)}`,
      )
    }
    const roles = rolesByName.get(username) ?? []
    rolesByName.set(username, role === undefined ? roles : [...roles, role])
  }
  return [...rolesByName].map(([username, roles]) => ({
    username,
    ...(username.includes('@') ? { email: username } : {}),
    roles: [...new Set(roles)],
  }))
}

/** A client for trying a realm with curl: curl gets a user's token with the client's secret and the user's password. */
export const TEST_CLIENT: RealmClient = {
  clientId: 'mcp-test',
  name: 'For trying the realm; delete it before people use the realm',
  authentication: 'secret',
  passwordGrant: true,
}
