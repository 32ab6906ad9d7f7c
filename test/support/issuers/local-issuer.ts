import { createResourceServer, type ResourceServer } from '../../../src/index.ts'
import type { AuthorizationServerOptions } from '../../../src/resource-server/authorization-server-options.ts'
import type { ResourceServerOptions } from '../../../src/resource-server/options.ts'
import { createTestKey } from '../../../src/testing/create-test-key.ts'
import { createTestClock, type TestClock } from '../../../src/testing/test-clock.ts'
import type { TestKey, TestKeyOptions } from '../../../src/testing/test-key.ts'
import { PATIENT_HTTP } from '../patient-http.ts'
import { json } from './answers.ts'
import {
  type Answer,
  type LoopbackServer,
  type Received,
  startLoopbackServer,
} from './loopback-server.ts'

export const RESOURCE = 'https://mcp.example.com/mcp'

/** Credentials for introspection at a {@link LocalIssuer}. */
export const CREDENTIALS = { clientId: 'mcp-server', clientSecret: 'the-secret-of-mcp-server' }

/** The header of an access token, for keys that sign claims. */
export const AT_JWT = { typ: 'at+jwt' } as const

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
 * A test issuer on a real port. A test can replace each of its answers, down to the bytes.
 */
export interface LocalIssuer extends AsyncDisposable {
  readonly issuer: string
  readonly server: LoopbackServer
  readonly clock: TestClock
  readonly signer: TestKey
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

export interface LocalIssuerOptions extends TestKeyOptions {
  /** The path of the issuer's URL, as in `/realms/acme`; default none. */
  readonly path?: string
  readonly clock?: TestClock
}

export async function startIssuer(options: LocalIssuerOptions = {}): Promise<LocalIssuer> {
  const { path = '', clock = createTestClock(), ...keyOptions } = options
  const signer = createTestKey(keyOptions)
  const server = await startLoopbackServer({
    issuer: `https://issuer.test${path}`,
    resource: RESOURCE,
    keys: [signer],
    client: CREDENTIALS,
    clock,
  })
  const { kit } = server
  const { issuer } = kit
  // The metadata stands at one address only, so that a test can take it away.
  kit.replaceAnswer('metadata', { status: 404 })
  // Clients choose their method of authentication where the metadata does not.
  kit.changeMetadata({
    token_endpoint_auth_methods_supported: undefined,
    introspection_endpoint_auth_methods_supported: undefined,
  })
  const discovery = endpoint(server, `/.well-known/oauth-authorization-server${path}`)
  const metadata = (changes: object = {}) => ({ ...kit.metadata, ...changes })
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
  const keySet = endpoint(server, `${path}/jwks`)
  const gates: ResourceServer[] = []
  // Not the kit's resource servers, which always reach their issuer: here a test breaks the way to it.
  const gate = (more?: IssuerOptions, gateOptions?: GateOptions) => {
    const authorizationServer = { issuer, ...more }
    const created = createResourceServer({
      resource: RESOURCE,
      authorizationServer,
      clock,
      ...gateOptions,
      http: { ...PATIENT_HTTP, ...gateOptions?.http },
    })
    gates.push(created)
    return created
  }

  discovery.answers(json(metadata()))
  return {
    issuer,
    server,
    clock,
    signer,
    discovery,
    keys: keySet,
    introspection: endpoint(server, `${path}/introspect`),
    metadata,
    publish: (...keys) => keySet.answers(json({ keys })),
    claims,
    token: (changes, header = {}) => kit.token({ claims: claims(changes), header }),
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
          introspection: { ...CREDENTIALS, endpoint: `${issuer}/introspect` },
        },
        gateOptions,
      ),
    async [Symbol.asyncDispose]() {
      await Promise.all(gates.map((created) => created.close()))
      await server[Symbol.asyncDispose]()
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
