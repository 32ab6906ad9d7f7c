/**
 * How fast a logout counts everywhere: a real Keycloak, four instances behind HAProxy, one real Redis. An
 * administrator logs users out. Measured is the time from the arrival of the logout token at one instance
 * until all four refuse the access token, and from the administrator's call until then. Afterwards the same
 * with Redis killed for ten seconds, and with one instance cut off from Redis.
 *
 * `node bench/logout/report.ts` writes LOGOUT.md. It needs Java, Maven, haproxy and redis-server.
 * LOGOUT_COUNT is the number of logouts.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/keycloak/ports.ts'
import { startKeycloak } from '../../scripts/keycloak/start-keycloak.ts'
import { keycloakRealm } from '../../src/keycloak/index.ts'
import { startRedis } from '../../test/redis/support/start-redis.ts'

const COUNT = Number(process.env.LOGOUT_COUNT ?? 500)
const DURING = 20
const INSTANCES = 4
const REALM = 'logout'
const USERS = Array.from({ length: DURING }, (_, at) => `user-${at}`)
const PASSWORD = 'a-long-password-for-a-bench'

interface Instance {
  readonly child: ChildProcess
  readonly port: number
}

const now = (): number => performance.timeOrigin + performance.now()
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

const port = await freePort()
const resource = `http://localhost:${port}/mcp`
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

const keycloak = await startKeycloak({
  say: (line) => console.log(line),
  realms: [
    keycloakRealm({
      realm: REALM,
      resource,
      server: { clientId: 'mcp-resource-server', secret: 'a-secret-for-a-bench-alone' },
      clients: [
        {
          clientId: 'person',
          passwordGrant: true,
          scopes: ['mcp:tools'],
          backchannelLogoutUrl: `${resource}/backchannel-logout`,
        },
      ],
      users: USERS.map((username) => ({ username, password: PASSWORD })),
    }),
  ],
})
const issuer = keycloak.realmUrl(REALM)
const people = (await keycloak.admin.call('GET', `/${REALM}/users?max=1000`)) as {
  readonly id: string
  readonly username: string
}[]
const idOf = (username: string): string | undefined =>
  people.find((person) => person.username === username)?.id

const redis = await startRedis()
const cut = await cable(redis.port)
const instances = await Promise.all(
  Array.from({ length: INSTANCES }, (_, at) =>
    startInstance(at === INSTANCES - 1 ? `redis://127.0.0.1:${cut.port}` : redis.url),
  ),
)
const haproxy = await startHaproxy()

/** A connection to Redis that can be cut. */
async function cable(target: number) {
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((socket) => {
    if (isCut) {
      socket.destroy()
      return
    }
    const other = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      open.add(from)
      from.on('error', () => to.destroy()).on('close', () => open.delete(from))
      from.pipe(to)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    cut() {
      isCut = true
      for (const socket of open) socket.destroy()
    },
    join() {
      isCut = false
    },
    close: () => server.close(),
  }
}

async function startInstance(redisUrl: string): Promise<Instance> {
  const child = fork(new URL('instance.ts', import.meta.url), {
    env: { ...process.env, RESOURCE: resource, ISSUER: issuer, REDIS: redisUrl },
  })
  const [{ port: listens }] = (await once(child, 'message')) as [{ port: number }]
  return { child, port: listens }
}

async function startHaproxy(): Promise<{ close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-haproxy-'))
  const servers = instances.map(({ port: to }, at) => `  server s${at} 127.0.0.1:${to}`)
  const configuration = `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend all
  bind 127.0.0.1:${port}
  default_backend instances
backend instances
  balance roundrobin
${servers.join('\n')}
`
  writeFileSync(join(folder, 'haproxy.cfg'), configuration)
  const path = `${process.env.PATH}:/usr/sbin`
  const child = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], {
    env: { ...process.env, PATH: path },
    stdio: 'inherit',
  })
  for (let tries = 0; tries < 200 && (await call(port, 'x')) === 0; tries += 1) await pause(25)
  return {
    close() {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Sends a request to an instance, and returns the status; 0 if there is none. */
function call(to: number, token: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}`, 'content-length': 0 }
    const sent = request(
      { agent, port: to, host: '127.0.0.1', path: '/mcp', method: 'POST', headers },
      (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sent.on('error', () => resolve(0)).end()
  })
}

async function login(username: string): Promise<string> {
  const answer = await fetch(`${issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: 'person',
      username,
      password: PASSWORD,
      scope: 'openid mcp:tools',
    }),
  })
  const { access_token: token } = (await answer.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`no token: HTTP ${answer.status}`)
  for (const { port: to } of instances) {
    const status = await call(to, token)
    if (status !== 200) throw new Error(`a good token gets ${status} at ${to}`)
  }
  return token
}

/** Asks an instance until it refuses the token. @returns when it did */
async function refused(to: number, token: string, until: number): Promise<number> {
  for (;;) {
    if ((await call(to, token)) === 401) return now()
    if (now() > until) return Number.POSITIVE_INFINITY
    await pause(1)
  }
}

interface Logout {
  readonly clicked: number
  readonly arrived: number
  readonly everywhere: number
}

async function logout(username = USERS[0] ?? '', patience = 30_000): Promise<Logout> {
  const token = await login(username)
  let arrived = Number.POSITIVE_INFINITY
  const onMessage = (message: unknown): void => {
    const { kind, source, at } = message as { kind?: string; source?: string; at: number }
    if (kind === 'revoked' && source === 'logout_token') arrived = Math.min(arrived, at)
  }
  for (const { child } of instances) child.on('message', onMessage)
  const clicked = now()
  const times = instances.map(({ port: to }) => refused(to, token, clicked + patience))
  await keycloak.admin.call('POST', `/${REALM}/users/${idOf(username)}/logout`, {})
  const everywhere = Math.max(...(await Promise.all(times)))
  for (const { child } of instances) child.off('message', onMessage)
  return { clicked, arrived, everywhere }
}

function percentiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const share = (part: number): string =>
    `${sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]?.toFixed(1)} ms`
  return [0.5, 0.95, 0.99, 1].map(share).join(' | ')
}

const rows: string[] = []

function row(what: string, logouts: readonly Logout[]): void {
  const lost = logouts.filter(({ everywhere }) => everywhere === Number.POSITIVE_INFINITY).length
  const spread = logouts.map(({ arrived, everywhere }) => everywhere - arrived)
  const way = logouts.map(({ clicked, everywhere }) => everywhere - clicked)
  const cells = (name: string, values: readonly number[]): string =>
    `| ${what} | ${name} | ${logouts.length} | ${lost} | ${percentiles(values)} |`
  rows.push(cells('from the arrival', spread), cells("from the administrator's call", way))
  console.log(rows.slice(-2).join('\n'))
}

async function repeat(count: number): Promise<Logout[]> {
  const logouts: Logout[] = []
  for (let at = 0; at < count; at += 1) logouts.push(await logout())
  return logouts
}

await repeat(10)
row('all is well', await repeat(COUNT))

/** Logs out every half second while something is broken for ten seconds, and after it is mended. */
async function during(breaks: () => unknown, mends: () => unknown): Promise<Logout[]> {
  await breaks()
  const logouts: Promise<Logout>[] = []
  const mended = pause(10_000).then(mends)
  for (let at = 0; at < DURING; at += 1) {
    logouts.push(logout(USERS[at]))
    await pause(500)
  }
  await mended
  return [...(await Promise.all(logouts)), ...(await repeat(DURING))]
}

row(
  'Redis killed for 10 s',
  await during(
    () => redis.kill(),
    () => redis.restart(),
  ),
)
row(
  'one instance cut off for 10 s',
  await during(
    () => cut.cut(),
    () => cut.join(),
  ),
)

const report = `# Logout report

Written by \`node bench/logout/report.ts\`: ${keycloak.description}, ${INSTANCES} instances behind HAProxy, one Redis, all on one machine. An administrator logs a user out; Keycloak posts a logout token; one instance gets it. "From the arrival" is the time from then until all ${INSTANCES} instances refuse the access token. The instances are asked all the time, which takes processor time from everything else. While something is broken (\`onOutage: 'local'\`) there are ${DURING} logouts, and ${DURING} more when it is mended. A revocation that comes late comes when the store is back.

| processor | cores | Node | date |
| --- | --- | --- | --- |
| ${cpus()[0]?.model.trim()} | ${cpus().length} | ${process.versions.node} | ${new Date().toISOString().slice(0, 10)} |

| situation | measured | logouts | lost | p50 | p95 | p99 | longest |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`
await writeFile(new URL('LOGOUT.md', import.meta.url), report)
haproxy.close()
for (const { child } of instances) child.disconnect()
agent.destroy()
cut.close()
await redis.stop()
await keycloak.close()
process.exit()
