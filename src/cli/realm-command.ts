import { type CommonRealmOptions, keycloakRealm } from '../keycloak/index.ts'
import { defaultClients } from '../keycloak/realm-clients.ts'
import { CliError } from './cli-error.ts'
import { parseFlags } from './parse-flags.ts'
import { ALLOWANCES, allowancesOf } from './realm-allowances.ts'
import { TEST_CLIENT, usersOf } from './realm-people.ts'

export { CliError }

const USAGE = `Usage: mcp-resource-server realm --resource <url> [options] > realm.json

Writes a Keycloak realm for an MCP server: its scopes, the audiences that its tokens need, a client
for the server itself, one for people and one for services. Secrets and passwords are generated, and
are in the file: run umask 077 first, and delete the file after the import.

  --resource <url>          the MCP server's URL, as its clients use it (required)
  --realm <name>            name of the realm (mcp)
  --scope <scope>           a scope of the server; may be repeated (mcp:tools)
  --optional-scope <scope>  a scope that clients ask for later, such as after a 403; may be repeated
  --resource-indicators     Keycloak runs with its feature resource-indicators: a token is for one
                            server, or for none if it was requested without "resource"
  --server-client <id>      id of the server's own client (the resource)
  --redirect-uri <uri>      redirect URI of mcp-client; may be repeated
                            (http://127.0.0.1/callback, with any port)
  --role <role>             a realm role; may be repeated
  --user <name[:role]>      a user, with a realm role; may be repeated, also to give one user further
                            roles. The password is generated
  --test-client             a client mcp-test with the password grant, so that curl gets tokens of users.
                            Only for trying the realm, never where people sign in
  --trusted-host <host>     a host that may register clients; may be repeated (none)
  --any-sender              with --trusted-host: only the client's URLs must name such a host, and
                            registrations may come from any address
  --document-host <host>    a host of client metadata documents (Keycloak's feature cimd); may be
                            repeated (none)
  --backchannel-logout      Keycloak posts a logout token to the server when a session of mcp-client ends
  --security-events         the server's client may have a stream of security events (Keycloak's feature ssf)
  --not-before              Keycloak pushes the realm's not-before to the server
  --server-url <url>        where Keycloak reaches the server for these three, if not at the resource
  --partial                 writes what an existing realm needs for one more server.
                            addToKeycloakRealm() of mcp-resource-server/keycloak adds it
  --existing-client <id>    with --partial: an existing client that may call the server; may be
                            repeated
  --tutorial                the set-up of the tutorial on MCP with Keycloak: every client gets the scopes
  --allow <what>            makes the realm less strict; may be repeated:
${ALLOWANCES.map(({ flag, gives }) => `                              ${flag}: ${gives}\n`).join('')}\
  --help                    this text

The project's docs/keycloak.md has every step.
`

const OPTIONS = {
  resource: { type: 'string' },
  realm: { type: 'string' },
  scope: { type: 'string', multiple: true },
  'optional-scope': { type: 'string', multiple: true },
  'resource-indicators': { type: 'boolean' },
  'server-client': { type: 'string' },
  'redirect-uri': { type: 'string', multiple: true },
  role: { type: 'string', multiple: true },
  user: { type: 'string', multiple: true },
  'test-client': { type: 'boolean' },
  'trusted-host': { type: 'string', multiple: true },
  'any-sender': { type: 'boolean' },
  'document-host': { type: 'string', multiple: true },
  'backchannel-logout': { type: 'boolean' },
  'security-events': { type: 'boolean' },
  'not-before': { type: 'boolean' },
  'server-url': { type: 'string' },
  partial: { type: 'boolean' },
  'existing-client': { type: 'string', multiple: true },
  tutorial: { type: 'boolean' },
  allow: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const

/** The flag for each option of {@link keycloakRealm} whose flag has another name. */
const FLAGS: Readonly<Record<string, string>> = {
  scopes: 'scope',
  optionalScopes: 'optional-scope',
  resourceIndicators: 'resource-indicators',
  'server.clientId': 'server-client',
  redirectUris: 'redirect-uri',
  'registration.trustedHosts': 'trusted-host',
  'registration.documentHosts': 'document-host',
  existingClients: 'existing-client',
  'revocation.serverUrl': 'server-url',
  backchannelLogout: 'backchannel-logout',
  securityEvents: 'security-events',
  notBefore: 'not-before',
}

/**
 * Runs `mcp-resource-server realm`.
 *
 * @throws {CliError} naming the option that is wrong
 * @internal
 */
export function realmCommand(
  args: readonly string[],
  print: (text: string) => void,
  note: (text: string) => void,
): void {
  const values = parseFlags(args, OPTIONS)
  if (values.help) {
    print(USAGE)
    return
  }
  const common = commonOptions(values)
  const { partial = false, 'existing-client': existingClients } = values
  const registration = registrationOf(values)
  if (existingClients !== undefined && !partial) {
    throw new CliError('--existing-client needs --partial')
  }
  const written = withFlagNames(() =>
    partial
      ? keycloakRealm({ ...common, ...(existingClients && { existingClients }), partial })
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

type Values = ReturnType<typeof parseFlags<typeof OPTIONS>>

function commonOptions(values: Values): CommonRealmOptions {
  const { resource, realm, scope, role, user, allow, tutorial } = values
  const { 'optional-scope': optionalScopes, 'server-client': clientId } = values
  if (resource === undefined) throw new CliError('--resource is missing')
  return {
    resource,
    ...(realm === undefined ? {} : { realm }),
    ...(scope === undefined ? {} : { scopes: scope }),
    ...(optionalScopes === undefined ? {} : { optionalScopes }),
    ...(values['resource-indicators'] ? { resourceIndicators: true } : {}),
    ...(clientId === undefined ? {} : { server: { clientId } }),
    ...(role === undefined ? {} : { roles: role }),
    ...(user === undefined ? {} : { users: usersOf(user) }),
    ...(allow === undefined ? {} : { allow: allowancesOf(allow) }),
    ...(tutorial ? { tutorial } : {}),
    ...revocationOf(values),
    ...clientsOf(values),
  }
}

function revocationOf(values: Values): Pick<CommonRealmOptions, 'revocation'> {
  const revocation = {
    ...(values['backchannel-logout'] ? { backchannelLogout: true } : {}),
    ...(values['security-events'] ? { securityEvents: true } : {}),
    ...(values['not-before'] ? { notBefore: true } : {}),
    ...(values['server-url'] === undefined ? {} : { serverUrl: values['server-url'] }),
  }
  return Object.keys(revocation).length === 0 ? {} : { revocation }
}

/** Makes the option `clients`. With `--test-client` it must list the default clients too, because it replaces them. */
function clientsOf(values: Values): Pick<CommonRealmOptions, 'clients' | 'redirectUris'> {
  const redirectUris = values['redirect-uri']
  if (values['test-client']) {
    const others = values['existing-client'] === undefined ? defaultClients(redirectUris) : []
    return { clients: [...others, TEST_CLIENT] }
  }
  return redirectUris === undefined ? {} : { redirectUris }
}

function registrationOf(values: Values) {
  const { partial, 'trusted-host': trustedHosts, 'document-host': documentHosts } = values
  const anySender = values['any-sender'] ?? false
  for (const [flag, hosts] of Object.entries({ trustedHosts, documentHosts })) {
    if (!partial || hosts === undefined) continue
    const name = FLAGS[`registration.${flag}`]
    throw new CliError(`--${name} is for a new realm, and cannot go with --partial`)
  }
  if (anySender && trustedHosts === undefined) {
    throw new CliError('--any-sender needs --trusted-host')
  }
  if (trustedHosts === undefined && documentHosts === undefined) return undefined
  return {
    ...(trustedHosts === undefined ? {} : { trustedHosts, matchSender: !anySender }),
    ...(documentHosts === undefined ? {} : { documentHosts }),
  }
}

/** The flag for an option of {@link keycloakRealm}. */
function flagOf(option: string): string {
  const [, allowance] = /^allow\.(.+)$/.exec(option) ?? []
  if (allowance !== undefined) {
    const known = ALLOWANCES.find(({ name }) => name === allowance)
    return `--allow ${known?.flag ?? allowance}`
  }
  // `--redirect-uri` is the only flag that sets an address of a client.
  const name = /^clients\.\d+\.redirectUris/.test(option) ? 'redirectUris' : option
  return `--${FLAGS[name] ?? FLAGS[`registration.${name}`] ?? name}`
}

/** Rewrites an option error of {@link keycloakRealm} with the names of the command line's flags. */
function withFlagNames<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const [, option = '', rest] =
      /^keycloakRealm: option `([^`]+)` (.*)$/s.exec(error.message) ?? []
    if (rest === undefined) throw new CliError(error.message)
    // Leave out the advice about allowInsecureHttp, which has no flag.
    const message = rest
      .replace(', or set allowInsecureHttp for a test set-up', '')
      .replace(/; got nothing$/, '')
      // Keep `resource`: here it is the request parameter, not the option.
      .replace(/`(?!resource`)([^`]+)`/g, (_quoted, name: string) => flagOf(name))
    throw new CliError(`${flagOf(option)} ${message}`)
  }
}
