import { parseArgs } from 'node:util'
import type { KeycloakRealm } from '../../src/keycloak/index.ts'
import { demoRealm, downstreamRealm, tutorialRealm } from './demo-realm.ts'
import { type Keycloak, startKeycloak } from './start-keycloak.ts'

const USAGE = `Usage: npm run keycloak

Starts a real Keycloak with realms for MCP servers to be tried, until Ctrl-C, and forgets everything in
it then. Takes Docker where an engine answers, else the distribution by Maven, with this machine's Java.
Everything is set by environment variables:

  PORT                     its port (8080)
  RESOURCE                 URL of the MCP server to be tried (http://127.0.0.1:3001/mcp)
  KEYCLOAK_WITH            docker or maven, to choose one
  KEYCLOAK_URL             a Keycloak that runs already: the realms go into it, and it is not stopped
  KEYCLOAK_ADMIN           its administrator (admin)
  KEYCLOAK_ADMIN_PASSWORD  the administrator's password (admin)
`

const { KEYCLOAK_URL, KEYCLOAK_ADMIN = 'admin', KEYCLOAK_ADMIN_PASSWORD = 'admin' } = process.env
const resource = process.env.RESOURCE ?? 'http://127.0.0.1:3001/mcp'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
const abort = (): never => process.exit(130)

/** `npm run keycloak`. */
async function main(): Promise<void> {
  const { help } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values
  if (help) {
    process.stdout.write(USAGE)
    return
  }
  // While it starts there is nothing to stop in order: whatever runs is ended with this process.
  for (const signal of SIGNALS) process.once(signal, abort)
  const realms = [demoRealm(resource), tutorialRealm(), downstreamRealm(resource)]
  const keycloak = await startKeycloak({
    port: Number(process.env.PORT ?? 8080),
    administrator: { username: KEYCLOAK_ADMIN, password: KEYCLOAK_ADMIN_PASSWORD },
    realms,
    say: console.log,
  })
  console.log(`
${keycloak.description}

Admin console   ${keycloak.url}/admin/
                ${KEYCLOAK_ADMIN}, ${KEYCLOAK_URL ? 'with the password given' : KEYCLOAK_ADMIN_PASSWORD}

${realms.map((realm) => described(realm, keycloak.realmUrl(realm.realm))).join('\n\n')}
`)
  if (!KEYCLOAK_URL) await untilStopped(keycloak)
}

/** What is needed to try a realm. */
function described(realm: KeycloakRealm, issuer: string): string {
  const rows = [
    ...realm.clients.map(({ clientId, secret }) => ['client', clientId, secret ?? 'public']),
    ...realm.users.flatMap(({ username, credentials: [password] = [] }) =>
      password === undefined ? [] : [['user', username, password.value]],
    ),
  ]
  const width = Math.max(...rows.map(([, name = '']) => name.length))
  const urls = new Set(realm.clients.map(({ attributes }) => attributes.resource_url ?? ''))
  return [
    `Issuer          ${issuer}`,
    `MCP server      ${[...urls].filter((url) => url !== '').join(' ')}`,
    ...rows.map(
      ([kind = '', name = '', secret]) => `${kind.padEnd(8)}${name.padEnd(width + 2)}${secret}`,
    ),
  ].join('\n')
}

/** Until Ctrl-C; a second one does not wait. */
async function untilStopped(keycloak: Keycloak): Promise<void> {
  console.log('Ctrl-C stops it, and everything in it is forgotten.')
  const running = setInterval(() => {}, 60_000)
  await new Promise<void>((resolve) => {
    for (const signal of SIGNALS) process.off(signal, abort).once(signal, () => resolve())
  })
  console.log('Stopping Keycloak')
  await keycloak.close()
  clearInterval(running)
  console.log('Stopped.')
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exitCode = 1
})
