import { randomUUID } from 'node:crypto'
import type { KeycloakRealm } from '../../src/keycloak/index.ts'
import { type Admin, adminOf } from './admin.ts'
import { prepareDistribution } from './distribution.ts'
import { distributionServer } from './distribution-server.ts'
import { dockerAnswers, dockerServer } from './docker-server.ts'
import type { HttpsCertificates } from './https.ts'
import { findJava } from './java.ts'
import { freePort, requireFreePort } from './ports.ts'
import { runningServer } from './running-server.ts'
import type { Administrator, Server, ServerOptions } from './server.ts'

export interface StartOptions {
  /** Default: a free one. */
  readonly port?: number
  /** Features to switch on besides the default ones; default `FEATURES`. With it `KEYCLOAK_URL` is not looked at. */
  readonly features?: readonly string[]
  /** Imported when Keycloak is ready. */
  readonly realms?: readonly KeycloakRealm[]
  /** Default: `admin` with a generated password; with `KEYCLOAK_URL` the one of `KEYCLOAK_ADMIN`. */
  readonly administrator?: Administrator
  /** For https beside http. A Keycloak in `KEYCLOAK_URL` has its own. */
  readonly https?: HttpsCertificates
  /** Told what goes on; default: nobody is. */
  readonly say?: (line: string) => void
}

/** A real Keycloak. */
export interface Keycloak {
  /** Its own URL, without a trailing slash. */
  readonly url: string
  /** The same over https, if `https` was given. */
  readonly httpsUrl: string | undefined
  /** Version and Java, or where else it comes from. */
  readonly description: string
  readonly administrator: Administrator
  readonly admin: Admin
  /** The issuer of a realm. */
  realmUrl(realm: string): string
  /** A fresh access token for the Admin API. */
  adminToken(): Promise<string>
  /** Stops it; its data stay. */
  stop(): Promise<void>
  /** Starts it again, at the same address, on the data that it had. */
  start(): Promise<void>
  /** Stops it and forgets its data. */
  close(): Promise<void>
}

/**
 * Starts a Keycloak: the one in `KEYCLOAK_URL`, else with Docker where an engine answers, else the
 * distribution by Maven. `KEYCLOAK_WITH=maven` or `docker` chooses.
 *
 * @throws {Error} naming what is missing
 */
export async function startKeycloak(options: StartOptions = {}): Promise<Keycloak> {
  const { realms = [], features, https, say = () => {} } = options
  const administrator = options.administrator ?? defaultAdministrator()
  const server = await serverFor({
    port: options.port,
    administrator,
    say,
    https: https && { ...https, port: await freePort() },
    ...(features === undefined ? {} : { features }),
  })
  try {
    await server.start()
    const admin = adminOf(server.url, administrator)
    for (const realm of realms) {
      const imported = await admin.importRealm(realm)
      say(`Realm ${realm.realm}: ${imported ? 'imported' : 'there already, left as it is'}`)
    }
    return {
      url: server.url,
      httpsUrl: server.httpsUrl,
      description: server.description,
      administrator,
      admin,
      realmUrl: (realm) => `${server.url}/realms/${realm}`,
      adminToken: () => admin.token(),
      stop: () => server.stop(),
      start: () => server.start(),
      close: () => server.remove(),
    }
  } catch (error) {
    await server.remove()
    throw error
  }
}

function defaultAdministrator(): Administrator {
  const { KEYCLOAK_URL, KEYCLOAK_ADMIN = 'admin', KEYCLOAK_ADMIN_PASSWORD = 'admin' } = process.env
  return KEYCLOAK_URL
    ? { username: KEYCLOAK_ADMIN, password: KEYCLOAK_ADMIN_PASSWORD }
    : { username: 'admin', password: randomUUID() }
}

async function serverFor(
  options: Omit<ServerOptions, 'port'> & { port: number | undefined },
): Promise<Server> {
  const { say, features } = options
  const { KEYCLOAK_URL, KEYCLOAK_WITH } = process.env
  if (KEYCLOAK_URL && features === undefined) return runningServer(KEYCLOAK_URL, say)
  const port = options.port ?? (await freePort())
  await requireFreePort(port)
  if (KEYCLOAK_WITH === 'docker' || (KEYCLOAK_WITH === undefined && dockerAnswers())) {
    return dockerServer({ ...options, port })
  }
  const java = findJava()
  const distribution = await prepareDistribution(java, say, features)
  say(`Starting Keycloak ${distribution.version} on port ${port} with Java ${java.major}`)
  return distributionServer(distribution, java, { ...options, port })
}
