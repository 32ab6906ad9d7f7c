import { createResourceServer, type ResourceServer } from '../../../src/index.ts'
import type { AuthorizationServerOptions } from '../../../src/resource-server/authorization-server-options.ts'
import type { ResourceServerOptions } from '../../../src/resource-server/options.ts'
import { createTestClock, type TestClock } from '../../../src/testing/test-clock.ts'
import { json } from './answers.ts'
import type { Received } from './loopback-server.ts'
import { type Answer, type LoopbackServer, startLoopbackServer } from './loopback-server.ts'
import { createSigner, type Signer, type SignerOptions } from './signer.ts'

export const RESOURCE = 'https://mcp.example.com/mcp'

/** Credentials for introspection at a {@link LocalIssuer}, which accepts any. */
export const CREDENTIALS = { clientId: 'mcp-server', clientSecret: 'the-secret-of-mcp-server' }

export type IssuerOptions = Omit<AuthorizationServerOptions, 'issuer'>
export type GateOptions = Omit<Partial<ResourceServerOptions>, 'authorizationServer' | 'verifier'>

/** One address of an issuer. */
export interface Endpoint {
  readonly path: string
  readonly url: string
  /** Sets how it answers from now on. */
  answers(answer: Answer): void
  /** How many requests it has received. */
  count(): number
  /** The requests that it has received, in order. */
  received(): readonly Received[]
}

/**
 * An authorization server that consists of documents. A test can replace each of them.
 *
 * It starts with good metadata and one key. Introspection answers 404 until a test sets an answer.
 */
export interface LocalIssuer extends AsyncDisposable {
  readonly issuer: string
  readonly server: LoopbackServer
  readonly clock: TestClock
  readonly signer: Signer
  /** The first of the addresses at which clients look for its metadata. */
  readonly discovery: Endpoint
  readonly keys: Endpoint
  readonly introspection: Endpoint
  /** Good metadata, with changes. */
  metadata(changes?: object): Record<string, unknown>
  /** Publishes these public keys in place of the ones before. */
  publish(...keys: readonly object[]): void
  /** The claims of a good token, with changes. */
  claims(changes?: object): Record<string, unknown>
  /** A good token, with changes. */
  token(changes?: object, header?: Record<string, unknown>): Promise<string>
  /** An introspection answer: active, with the claims of a good token and changes. */
  active(changes?: object): Answer
  /** A resource server that accepts this issuer's tokens, on the issuer's clock. */
  gate(issuer?: IssuerOptions, options?: GateOptions): ResourceServer
  /** One that has fetched metadata and keys. */
  readyGate(issuer?: IssuerOptions, options?: GateOptions): Promise<ResourceServer>
  /** One that introspects every token. It knows the endpoint, so it fetches neither metadata nor keys. */
  introspectingGate(options?: GateOptions): ResourceServer
}

export interface LocalIssuerOptions extends SignerOptions {
  /** The path of the issuer's URL, as in `/realms/acme`; default none. */
  readonly path?: string
  readonly clock?: TestClock
}

export async function startIssuer(options: LocalIssuerOptions = {}): Promise<LocalIssuer> {
  const { path = '', clock = createTestClock() } = options
  const server = await startLoopbackServer()
  const signer = await createSigner(options)
  const issuer = `${server.origin}${path}`
  const discovery = endpoint(server, `/.well-known/oauth-authorization-server${path}`)
  const keySet = endpoint(server, '/keys')
  const introspection = endpoint(server, '/introspect')
  const gates: ResourceServer[] = []

  const metadata = (changes: object = {}) => ({
    issuer,
    jwks_uri: keySet.url,
    introspection_endpoint: introspection.url,
    response_types_supported: ['code'],
    ...changes,
  })
  const claims = (changes: object = {}) => ({
    iss: issuer,
    aud: RESOURCE,
    sub: 'alice',
    client_id: 'a-client',
    jti: crypto.randomUUID(),
    iat: clock.seconds,
    exp: clock.seconds + 600,
    scope: 'mcp:tools',
    ...changes,
  })
  const publish = (...keys: readonly object[]) => keySet.answers(json({ keys }))
  const gate = (more?: IssuerOptions, gateOptions?: GateOptions) => {
    const created = createResourceServer({
      resource: RESOURCE,
      authorizationServer: { issuer, ...more },
      clock,
      ...gateOptions,
    })
    gates.push(created)
    return created
  }

  discovery.answers(json(metadata()))
  publish(signer.publicKey)
  return {
    issuer,
    server,
    clock,
    signer,
    discovery,
    keys: keySet,
    introspection,
    metadata,
    publish,
    claims,
    token: (changes, header) => signer.sign(claims(changes), header),
    active: (changes) => json({ active: true, token_type: 'Bearer', ...claims(changes) }),
    gate,
    async readyGate(more, gateOptions) {
      const created = gate(more, gateOptions)
      await created.ready()
      return created
    },
    introspectingGate: (gateOptions) =>
      gate(
        {
          verification: 'introspection',
          introspection: { ...CREDENTIALS, endpoint: introspection.url },
        },
        gateOptions,
      ),
    async [Symbol.asyncDispose]() {
      await Promise.all(gates.map((created) => created.close()))
      await server.stop()
    },
  }
}

function endpoint(server: LoopbackServer, path: string): Endpoint {
  return {
    path,
    url: `${server.origin}${path}`,
    answers: (answer) => server.on(path, answer),
    count: () => server.count(path),
    received: () => server.received(path),
  }
}
