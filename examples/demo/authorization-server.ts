/**
 * A real authorization server for a demo and for tests: oidc-provider, embedded, on loopback.
 *
 * It registers clients, runs the authorization code flow with PKCE, issues, refreshes, introspects
 * and revokes tokens, and rotates its keys. Only the human is missing: every visitor is signed in as
 * the demo user and gets what the client asked for. So let it listen only on loopback.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type Provider from 'oidc-provider'
import { JwtRecords } from './authorization-server/jwt-records.ts'
import { logOut } from './authorization-server/log-out.ts'
import type { PublicClient, ResourceDefinition } from './authorization-server/provider.ts'
import { buildProvider, type Credentials } from './authorization-server/provider.ts'
import { RequestLog, routes } from './authorization-server/request-log.ts'
import { generateSigningKey, type SigningAlgorithm } from './authorization-server/signing-keys.ts'
import { Storage } from './authorization-server/storage.ts'

export type { PublicClient, ResourceDefinition, SigningAlgorithm }

export interface AuthorizationServerOptions {
  /** Default: any free port. */
  readonly port?: number
  /** A loopback address; default `127.0.0.1`. */
  readonly host?: string
  /** Gives the issuer a path, as in `/realms/acme`; default none. */
  readonly path?: string
  readonly resources?: readonly ResourceDefinition[]
  /** Default `ES256`. */
  readonly signingAlgorithm?: SigningAlgorithm
  /** Whether it offers signed introspection answers (RFC 9701); default `false`. */
  readonly signedAnswers?: boolean
}

export interface ClientCredentialsRequest {
  readonly resource: string
  /** Space-separated; default none. */
  readonly scope?: string
  /** Seconds; default that of the resource. */
  readonly ttl?: number
  /** A DPoP proof (RFC 9449), which binds the token to its key. */
  readonly proof?: string
}

export interface AuthorizationServer extends Credentials {
  readonly issuer: string
  /** `clientId` and `clientSecret` belong to a client that may introspect. */
  readonly requests: RequestLog
  /** Adds a resource. */
  register(resource: ResourceDefinition): void
  /** Adds a client, which then need not register itself. */
  registerClient(client: PublicClient): void
  /** Gets an access token from the token endpoint, with the client credentials grant. */
  clientCredentialsToken(request: ClientCredentialsRequest): Promise<string>
  /** Revokes a token at the revocation endpoint. */
  revoke(token: string): Promise<void>
  /** Ends the sessions of a user, and sends logout tokens to the clients that want them. */
  logOut(user: string): Promise<void>
  /** Signs with a new key from now on. The earlier keys stay published, or do not. */
  rotateKeys(options: { keepOld: boolean }): Promise<void>
  /** Starts an outage: nothing listens on the port. Stored data stays. */
  stop(): Promise<void>
  /** Ends an outage: the same port, the same storage. */
  start(): Promise<void>
}

export async function startAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<AuthorizationServer> {
  const {
    host = '127.0.0.1',
    path = '',
    signingAlgorithm: algorithm = 'ES256',
    signedAnswers = false,
  } = options
  if (!['127.0.0.1', '::1', 'localhost'].includes(host)) throw new TypeError('host: not loopback')

  const resources = new Map(options.resources?.map((entry) => [entry.resource, entry]))
  const introspectionClient = { clientId: 'mcp-resource-server', clientSecret: secret() }
  const serviceClient = { clientId: 'demo-service', clientSecret: secret() }
  const storage = new Storage()
  const jwtRecords = new JwtRecords(secret())
  const cookieSecret = secret()
  const requests = new RequestLog()
  let keys = [await generateSigningKey(algorithm)]
  const publicClients: PublicClient[] = []
  let provider: Provider
  let handle: RequestListener

  const server = createServer((request, response) => {
    stripIssuerPath(request, path)
    requests.add(request.method ?? '', new URL(request.url ?? '', 'http://loopback').pathname)
    handle(request, response)
  })
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listen(options.port ?? 0)
  const { port } = server.address() as AddressInfo
  const issuer = `http://${host === '::1' ? '[::1]' : host}:${port}${path}`

  const rebuild = () => {
    provider = buildProvider({
      ...{ issuer, algorithm, keys, resources, storage, jwtRecords, cookieSecret },
      ...{ introspectionClient, serviceClient, publicClients, signedAnswers },
    })
    handle = provider.callback()
  }
  rebuild()

  const post = async (
    endpoint: 'token' | 'revocation',
    form: Record<string, string>,
    proof?: string,
  ) => {
    const response = await fetch(issuer + routes[endpoint], {
      method: 'POST',
      headers: {
        authorization: basic(serviceClient),
        ...(proof === undefined ? {} : { dpop: proof }),
      },
      body: new URLSearchParams(form),
    })
    const body = await response.text()
    if (!response.ok) throw new Error(`${endpoint} endpoint: ${response.status} ${body}`)
    return body
  }

  return {
    issuer,
    ...introspectionClient,
    requests,
    register(resource) {
      resources.set(resource.resource, resource)
      rebuild()
    },
    registerClient(client) {
      publicClients.push(client)
      rebuild()
    },
    async clientCredentialsToken({ resource, scope, ttl, proof }) {
      const form = {
        grant_type: 'client_credentials',
        resource,
        ...(scope === undefined ? {} : { scope }),
        ...(ttl === undefined ? {} : { demo_ttl: String(ttl) }),
      }
      const body = await post('token', form, proof)
      return (JSON.parse(body) as { access_token: string }).access_token
    },
    async revoke(token) {
      await post('revocation', { token })
    },
    logOut: (user) => logOut(provider, storage, user),
    async rotateKeys({ keepOld }) {
      keys = [await generateSigningKey(algorithm), ...(keepOld ? keys : [])]
      rebuild()
    },
    async stop() {
      if (!server.listening) return
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      // Let clients in this process notice first, so that none of them uses a dead connection.
      await delay(10)
    },
    async start() {
      if (!server.listening) await listen(port)
    },
  }
}

/**
 * Mounts oidc-provider at the issuer's path. Inside, paths do not have the issuer's path. Both forms
 * of a well-known address work: before the path (RFC 8414) and after it (OpenID Connect).
 */
function stripIssuerPath(request: IncomingMessage & { originalUrl?: string }, path: string): void {
  const url = request.url ?? '/'
  if (path === '') return
  const inserted = /^(\/\.well-known\/(?:oauth-authorization-server|openid-configuration))(\/.*)$/
  const [, wellKnown, suffix] = inserted.exec(url) ?? []
  if (wellKnown !== undefined && suffix === path) request.url = wellKnown
  else if (url.startsWith(`${path}/`)) request.url = url.slice(path.length)
  else request.url = '/not-found'
  request.originalUrl = path + request.url
}

function basic({ clientId, clientSecret }: Credentials): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
}

function secret(): string {
  return randomBytes(32).toString('base64url')
}
