// How long it takes from the administrator's call until the server refuses the token.
//
// KEYCLOAK_URL=http://localhost:8080 node bench/logout-way.ts [rounds]
//
// Keycloak must run with --features=ssf, insecure push targets allowed, and a drainer interval of 1 s
// (`npm run keycloak` does). The time begins when the administrator's call is sent.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { adminOf } from '../scripts/keycloak/admin.ts'
import { nodeGate } from '../src/adapters/node.ts'
import { createResourceServer } from '../src/index.ts'
import { keycloak, keycloakOptionsFor, keycloakRealm } from '../src/keycloak/index.ts'

const { KEYCLOAK_URL = 'http://localhost:8080' } = process.env
const { KEYCLOAK_ADMIN = 'admin', KEYCLOAK_ADMIN_PASSWORD = 'admin' } = process.env
const ROUNDS = Number(process.argv[2] ?? 40)
const admin = adminOf(KEYCLOAK_URL, {
  username: KEYCLOAK_ADMIN,
  password: KEYCLOAK_ADMIN_PASSWORD,
})

const WAYS = { 'logout token': 'backchannelLogout', 'security event': 'securityEvents' } as const

async function measure(way: keyof typeof WAYS): Promise<readonly number[]> {
  const realm = `bench-${crypto.randomUUID().slice(0, 8)}`
  const issuer = `${KEYCLOAK_URL}/realms/${realm}`
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const resource = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`
  const options = {
    realm,
    resource,
    server: { secret: 'secret-of-the-server' },
    revocation: { [WAYS[way]]: true },
    clients: [{ clientId: 'person', passwordGrant: true, scopes: ['mcp:tools'] }],
    users: [{ username: 'alice', password: 'password-of-alice' }],
  }
  await admin.importRealm(keycloakRealm(options))
  const server = createResourceServer({
    resource,
    authorizationServer: keycloak(issuer, {
      ...keycloakOptionsFor(options).keycloak,
      clientSecret: 'secret-of-the-server',
      confirm: 'never',
      ...(way === 'security event'
        ? { securityEvents: { authorization: 'Bearer agreed-between-keycloak-and-the-bench' } }
        : {}),
    }),
  })
  http.on(
    'request',
    nodeGate(server, (_request, response) => void response.writeHead(204).end()),
  )
  try {
    await server.ready()
    const [alice] = (await admin.call('GET', `/${realm}/users?username=alice`)) as { id: string }[]
    const times: number[] = []
    while (times.length < ROUNDS) {
      const answer = await fetch(`${issuer}/protocol/openid-connect/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'password',
          client_id: 'person',
          username: 'alice',
          password: 'password-of-alice',
        }),
      })
      const { access_token } = (await answer.json()) as { access_token: string }
      const allowed = async (): Promise<boolean> => {
        const headers = { authorization: `Bearer ${access_token}` }
        return (
          (await server.authenticate({ method: 'POST', url: '/mcp', headers })).outcome ===
          'allowed'
        )
      }
      // The second of an event meets the tokens of that second: begin in another one.
      do await new Promise((resolve) => setTimeout(resolve, 1050 + Math.random() * 500))
      while (!(await allowed()))
      const begin = performance.now()
      const done = admin.call('POST', `/${realm}/users/${alice?.id}/logout`)
      while (await allowed()) await new Promise((resolve) => setTimeout(resolve, 1))
      times.push(performance.now() - begin)
      await done
    }
    return times.sort((a, b) => a - b)
  } finally {
    await server.close()
    http.closeAllConnections()
    http.close()
    await admin.call('DELETE', `/${realm}`)
  }
}

for (const way of Object.keys(WAYS) as (keyof typeof WAYS)[]) {
  const times = await measure(way)
  const at = (part: number) => Math.round(times[Math.ceil(times.length * part) - 1] ?? 0)
  console.log(
    `${way}: ${times.length} logouts, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`,
  )
}
