import type { RealmClient, RealmUser } from '../keycloak/index.ts'
import { CliError } from './cli-error.ts'

/**
 * The users that `--user name` and `--user name:role` name, each with a password that is generated.
 * One user may be named several times, with a role each time.
 *
 * @throws {CliError} when a name or a role is missing
 * @internal
 */
export function usersOf(flags: readonly string[]): readonly RealmUser[] {
  const rolesByName = new Map<string, string[]>()
  for (const flag of flags) {
    // A role may have a colon of its own, as scopes have.
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

/** For trying a realm with curl: who knows its secret and a user's password gets that user's token. */
export const TEST_CLIENT: RealmClient = {
  clientId: 'mcp-test',
  name: 'For trying the realm; delete it before people use the realm',
  authentication: 'secret',
  passwordGrant: true,
}
