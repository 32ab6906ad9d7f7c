import { expect, vi } from 'vitest'
import type { AuthorizationServerOptions } from '../../src/authorization-server/options.ts'
import { createResourceServer, type Decision, type ResourceServer } from '../../src/index.ts'
import type { ResourceServerOptions } from '../../src/resource-server/options.ts'
import { type HeldClock, heldClock } from './clock.ts'
import { type Behaviour, type FaultyServer, json, startFaultyServer } from './faulty-server.ts'
import { createSigner, type Signer, type SignerOptions } from './signer.ts'

export const RESOURCE = 'https://mcp.example.com/mcp'

/** Paths at a {@link LocalIssuer}. */
export const KEYS = '/keys'
export const INTROSPECTION = '/introspect'

export type IssuerOptions = Omit<AuthorizationServerOptions, 'issuer'>
export type GateOptions = Omit<Partial<ResourceServerOptions>, 'authorizationServer' | 'verifier'>

/** An authorization server made of documents only, each of which a test can spoil. */
export interface LocalIssuer extends AsyncDisposable {
  readonly issuer: string
  readonly server: FaultyServer
  readonly clock: HeldClock
  readonly signer: Signer
  /** Where the metadata is first looked for. */
  readonly metadataPath: string
  /** A good metadata document, with changes. */
  metadata(changes?: object): Record<string, unknown>
  /** Publishes public keys. */
  publish(...keys: readonly object[]): void
  /** Claims of a good token, with changes. */
  claims(changes?: object): Record<string, unknown>
  /** A good token, with changes. */
  token(changes?: object, header?: Record<string, unknown>): Promise<string>
  /** A resource server that accepts this issuer's tokens, on the issuer's clock. */
  gate(issuer?: IssuerOptions, options?: GateOptions): ResourceServer
}

export interface LocalIssuerOptions extends SignerOptions {
  /** Of the issuer's URL, as in `/realms/acme`; default none. */
  readonly path?: string
  readonly clock?: HeldClock
}

export async function startIssuer(options: LocalIssuerOptions = {}): Promise<LocalIssuer> {
  const { path = '', clock = heldClock() } = options
  const server = await startFaultyServer()
  const signer = await createSigner(options)
  const issuer = `${server.origin}${path}`
  const metadataPath = `/.well-known/oauth-authorization-server${path}`
  const gates: ResourceServer[] = []

  const metadata = (changes: object = {}) => ({
    issuer,
    jwks_uri: `${server.origin}${KEYS}`,
    introspection_endpoint: `${server.origin}${INTROSPECTION}`,
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
  const publish = (...keys: readonly object[]) => server.on(KEYS, json({ keys }))

  server.on(metadataPath, json(metadata()))
  publish(signer.publicKey)
  return {
    issuer,
    server,
    clock,
    signer,
    metadataPath,
    metadata,
    publish,
    claims,
    token: (changes, header) => signer.sign(claims(changes), header),
    gate(more, gateOptions) {
      const gate = createResourceServer({
        resource: RESOURCE,
        authorizationServer: { issuer, ...more },
        clock,
        ...gateOptions,
      })
      gates.push(gate)
      return gate
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(gates.map((gate) => gate.close()))
      await server.stop()
    },
  }
}

/** Credentials for introspection at a {@link LocalIssuer}, which takes any. */
export const CREDENTIALS = { clientId: 'mcp-server', clientSecret: 'the-secret-of-mcp-server' }

/** Every token by introspection, at a known endpoint: nothing else is ever called. */
export function introspectionAlone({ server }: { server: FaultyServer }): IssuerOptions {
  return {
    verification: 'introspection',
    introspection: { ...CREDENTIALS, endpoint: `${server.origin}${INTROSPECTION}` },
  }
}

/** Answers "active" with the claims of a good token, with changes. */
export function active(issuer: Pick<LocalIssuer, 'claims'>, changes: object = {}): Behaviour {
  return json({ active: true, token_type: 'Bearer', ...issuer.claims(changes) })
}

export function inactive(): Behaviour {
  return json({ active: false })
}

/** A request with a token, and what becomes of it. */
export function ask(gate: ResourceServer, token: string, signal?: AbortSignal): Promise<Decision> {
  return gate.authenticate({
    method: 'POST',
    url: '/mcp',
    headers: { authorization: `Bearer ${token}` },
    signal,
  })
}

/** For `toMatchObject`: let through. */
export const allowed = { outcome: 'allowed' } as const

/** For `toMatchObject`: refused as a bad token. */
export function refused(reason: string) {
  return { outcome: 'challenged', status: 401, reason, body: { error: 'invalid_token' } }
}

/** For `toEqual`: 503 with a time to come back, and nothing that sounds like a bad token. */
export function unavailable(reason: string) {
  return {
    outcome: 'unavailable',
    status: 503,
    reason,
    detail: expect.any(String),
    correlationId: expect.any(String),
    headers: {
      'Retry-After': expect.stringMatching(/^[1-9]\d*$/),
      'Access-Control-Expose-Headers': 'Retry-After',
      'Cache-Control': 'no-store',
      'Content-Type': 'application/json',
    },
    body: {
      error: 'temporarily_unavailable',
      error_description: expect.any(String),
      correlation_id: expect.any(String),
    },
  }
}

/** Waits for what goes on in the background. A check that moves the clock is called 1000 times at most. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  await vi.waitFor(check, { timeout: 20_000, interval: 20 })
}
