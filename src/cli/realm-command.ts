import { parseArgs } from 'node:util'
import { type CommonRealmOptions, keycloakRealm } from '../keycloak/index.ts'
import { defaultClients } from '../keycloak/realm-clients.ts'
import { CliError } from './cli-error.ts'
import { TEST_CLIENT, usersOf } from './realm-people.ts'

export { CliError }

const USAGE = `Usage: mcp-resource-server realm --resource <url> [options] > realm.json

Writes a Keycloak realm for an MCP server: its scopes, the audiences that its tokens need, a client
for the server itself, one for people and one for services. Secrets and passwords are generated, and
stand in the file: run umask 077 first, and delete the file when it is imported.

  --resource <url>          the MCP server's URL, as its clients use it (required)
  --realm <name>            name of the realm (mcp)
  --scope <scope>           a scope that every client is given; may be repeated (mcp:tools)
  --optional-scope <scope>  a scope that a client is given when it asks; may be repeated
  --server-client <id>      id of the server's own client (the resource)
  --redirect-uri <uri>      where mcp-client is sent back to; may be repeated
                            (http://127.0.0.1/callback, with any port)
  --role <role>             a realm role; may be repeated
  --user <name[:role]>      a user, with a role of the realm; may be repeated, also for further roles of
                            one user. The password is generated
  --test-client             a client mcp-test with the password grant, so that curl gets tokens of users.
                            For trying out, never where people sign in
  --trusted-host <host>     a host that may register clients; may be repeated (none)
  --any-sender              such a host need only stand in a client's URLs: whoever registers may
                            sit anywhere
  --partial                 what an existing realm needs. Partial import leaves client scopes out:
                            create those under "clientScopes" first, and make those under
                            "defaultDefaultClientScopes" default ones. The project's
                            docs/keycloak.md has the commands
  --help                    this text
`

const OPTIONS = {
  resource: { type: 'string' },
  realm: { type: 'string' },
  scope: { type: 'string', multiple: true },
  'optional-scope': { type: 'string', multiple: true },
  'server-client': { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true },
  role: { type: 'string', multiple: true },
  user: { type: 'string', multiple: true },
  'test-client': { type: 'boolean' },
  'trusted-host': { type: 'string', multiple: true },
  'any-sender': { type: 'boolean' },
  partial: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Which option of the command stands for an option of {@link keycloakRealm}. */
const FLAGS: Readonly<Record<string, string>> = {
  scopes: 'scope',
  optionalScopes: 'optional-scope',
  'server.clientId': 'server-client',
  redirectUris: 'redirect-uri',
  'registration.trustedHosts': 'trusted-host',
}

/**
 * `mcp-resource-server realm`.
 *
 * @throws {CliError} naming the option that is wrong
 * @internal
 */
export function realmCommand(
  args: readonly string[],
  print: (text: string) => void,
  note: (text: string) => void,
): void {
  const values = parse(args)
  if (values.help) {
    print(USAGE)
    return
  }
  const { resource, realm, partial = false } = values
  if (resource === undefined) throw new CliError('--resource is missing')
  const hosts = values['trusted-host']
  if (partial && hosts !== undefined) {
    throw new CliError('--trusted-host is for a new realm, and cannot go with --partial')
  }
  const anySender = values['any-sender'] ?? false
  if (anySender && hosts === undefined) throw new CliError('--any-sender goes with --trusted-host')
  const registration = hosts && { trustedHosts: hosts, matchSender: !anySender }
  const common: CommonRealmOptions = {
    resource,
    ...(realm === undefined ? {} : { realm }),
    ...(values.scope === undefined ? {} : { scopes: values.scope }),
    ...(values['optional-scope'] === undefined ? {} : { optionalScopes: values['optional-scope'] }),
    ...(values['server-client'] === undefined
      ? {}
      : { server: { clientId: values['server-client'] } }),
    ...(values.role === undefined ? {} : { roles: values.role }),
    ...(values.user === undefined ? {} : { users: usersOf(values.user) }),
    ...clientsFor(values['redirect-uri'], values['test-client'] ?? false),
  }
  const written = judged(() =>
    partial
      ? keycloakRealm({ ...common, partial })
      : keycloakRealm({ ...common, ...(registration && { registration }) }),
  )
  print(`${JSON.stringify(written, null, 2)}\n`)
  const secrets = written.clients.filter(({ secret }) => secret !== undefined)
  note(`Secrets were generated for: ${secrets.map(({ clientId }) => clientId).join(', ')}\n`)
  const people = written.users.filter(({ credentials = [] }) => credentials.length > 0)
  if (people.length > 0) {
    note(`Passwords were generated for: ${people.map(({ username }) => username).join(', ')}\n`)
  }
}

/** The recipe has clients of its own, unless it is given a list of them. */
function clientsFor(
  redirectUris: readonly string[] | undefined,
  testClient: boolean,
): Pick<CommonRealmOptions, 'clients' | 'redirectUris'> {
  if (testClient) return { clients: [...defaultClients(redirectUris), TEST_CLIENT] }
  return redirectUris === undefined ? {} : { redirectUris }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values
  } catch (error) {
    // Node's own message names the option; its second sentence is about its own workings.
    throw new CliError((error as Error).message.split('. ')[0])
  }
}

/** The recipe's complaint, with the name that the option has on the command line. */
function judged<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const [, option = '', rest] =
      /^keycloakRealm: option `([^`]+)` (.*)$/s.exec(error.message) ?? []
    throw new CliError(rest === undefined ? error.message : `--${FLAGS[option] ?? option} ${rest}`)
  }
}
