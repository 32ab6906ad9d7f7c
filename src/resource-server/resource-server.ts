import {
  type ConfiguredIssuer,
  createConfiguredIssuer,
  type PlacedOptions,
} from '../authorization-server/configured-issuer.ts'
import { createHttpClient, type HttpClient } from '../authorization-server/http/http-client.ts'
import { inspectServer } from '../authorization-server/inspection.ts'
import { authenticate } from '../gate/authenticate.ts'
import { authenticateToken, type VerifyContext } from '../gate/authenticate-token.ts'
import { Origins } from '../gate/cross-origin.ts'
import type { Decision } from '../gate/decision.ts'
import type { Endpoint } from '../gate/endpoints.ts'
import type { Gate } from '../gate/gate.ts'
import { createGuard, type Guard, type GuardOptions } from '../gate/guard.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { MemorySessionStore } from '../mcp/memory-session-store.ts'
import { CompiledPolicy, type Policy } from '../mcp/policy/compiled-policy.ts'
import { settleSessionOptions } from '../mcp/session-options.ts'
import { Sessions } from '../mcp/sessions.ts'
import {
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
} from '../metadata/protected-resource-metadata.ts'
import { wellKnownUrl } from '../metadata/well-known.ts'
import { assertOptions, optionError } from '../options/check-options.ts'
import { assertIssuer, assertUrl } from '../options/check-url.ts'
import { clockOf } from '../options/clock-option.ts'
import { resourceServerSchema } from '../options/schemas.ts'
import { timePassed } from '../storage/clock.ts'
import { MAX_TOKEN_LENGTH } from '../token/defaults.ts'
import { createScopeHierarchy } from '../token/scope-hierarchy.ts'
import { type SettledProfile, settleProfile } from '../token/settled-profile.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { verificationBehind } from '../verification/bearer-only.ts'
import { createIssuersVerification } from '../verification/issuers.ts'
import type { ResourceServerAdapter } from './adapter.ts'
import { ADAPTER } from './adapter-key.ts'
import { createAdapter } from './create-adapter.ts'
import type { ResourceServer } from './interface.ts'
import { metadataEndpoints } from './metadata-endpoints.ts'
import type { ResourceServerOptions } from './options.ts'

export type { GuardOptions } from '../gate/guard.ts'
export type { ResourceServer } from './interface.ts'

const WHERE = 'createResourceServer'

const STREAM_GRACE = 30

/**
 * Makes the gate for one protected resource: token verification, challenges and RFC 9728 metadata,
 * independent of any framework. Fetches nothing until the first request or {@link
 * ResourceServer.ready}.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: 'https://sso.example.com',
 *   requiredScopes: ['mcp:tools'],
 * })
 * const decision = await resourceServer.authenticate({
 *   method: 'POST',
 *   url: '/mcp',
 *   headers: { authorization: 'Bearer abc' },
 * })
 * console.log(decision.outcome)
 * ```
 */
export function createResourceServer(options: ResourceServerOptions): ResourceServer {
  assertOptions(WHERE, resourceServerSchema, options)
  if (options.verifier !== undefined && options.cache !== undefined) {
    throw optionError(
      WHERE,
      'cache',
      'has no effect on a verifier of your own; wrap that in createCachedVerifier',
      options.cache,
    )
  }
  assertUrl(WHERE, 'resource', options.resource, options.allowInsecureHttp)
  const servers = listServers(options)
  const clock = clockOf(WHERE, options)
  const http = createHttpClient(options.http)
  const { allowInsecureHttp } = options
  const shared = { where: WHERE, allowInsecureHttp, http, clock }
  // A verifier of the operator's own speaks to the authorization servers itself.
  const issuers =
    options.verifier === undefined
      ? servers.map((placed) => createConfiguredIssuer(placed, shared))
      : []
  const { verification, maxTokenLength } =
    options.verifier === undefined
      ? createIssuersVerification(WHERE, issuers, options, clock)
      : verificationBehind(options.verifier)
  const expandScopes = createScopeHierarchy(options.scopeHierarchy)
  const profileOf = profilesOf(servers)
  const { policy: operations } = options
  const policy =
    operations &&
    new CompiledPolicy(WHERE, 'policy.', operations, expandScopes, (token) =>
      profileOf(token).rolesOf(token.claims),
    )
  const { requiredScopes: scopes = [], initialScopes: further = policy?.basicScopes ?? [] } =
    options
  const initialScopes = [...new Set([...scopes, ...further])]
  const metadata = protectedResourceMetadata({
    ...options.metadata,
    resource: options.resource,
    authorization_servers: servers.map(({ options: { issuer } }) => issuer),
    scopes_supported: initialScopes,
  })
  const gate: Gate = {
    resource: options.resource,
    metadataUrl: wellKnownUrl(options.resource),
    realm: options.realm,
    requiredScopes: scopes,
    initialScopes,
    maxTokenLength: Math.min(options.maxTokenLength ?? MAX_TOKEN_LENGTH, maxTokenLength),
    verification,
    revocation: options.revocation,
    correlationId: options.correlationId,
    expandScopes,
    scopeClaimsOf: (token) => profileOf(token).scopeClaims.jwt,
    challengeIncludesGranted: options.challengeIncludesGranted ?? false,
    origins: new Origins(options.allowedOrigins ?? [], options.resource),
    policy,
    sessions:
      typeof options.sessions === 'string'
        ? options.sessions
        : new Sessions(
            new MemorySessionStore(settleSessionOptions(options.sessions), timePassed(clock)),
          ),
    streamGrace: options.streamGrace ?? STREAM_GRACE,
    clock,
  }
  const inspections = issuers.map((issuer) => inspectionOf(options, issuer))
  const authorizationServers = issuers.map(({ server }) => server)
  const endpoints = metadataEndpoints(WHERE, options, metadata, authorizationServers)
  return new GatedResource(gate, metadata, endpoints, http, inspections)
}

class GatedResource implements ResourceServer {
  readonly resource: string
  readonly metadataUrl: string
  readonly metadata: ProtectedResourceMetadata
  readonly policy: Policy | undefined
  readonly #gate: Gate
  /** For requests without options. */
  readonly #guard: Guard
  readonly #adapter: ResourceServerAdapter
  readonly #http: HttpClient
  readonly #inspections: readonly (() => Promise<void>)[]

  constructor(
    gate: Gate,
    metadata: ProtectedResourceMetadata,
    endpoints: readonly Endpoint[],
    http: HttpClient,
    inspections: readonly (() => Promise<void>)[],
  ) {
    this.resource = gate.resource
    this.metadataUrl = gate.metadataUrl
    this.metadata = metadata
    this.policy = gate.policy
    this.#gate = gate
    this.#guard = createGuard(gate)
    this.#adapter = createAdapter(gate, endpoints)
    this.#http = http
    this.#inspections = inspections
  }

  /** Not on the interface, and no enumerable property: `adapterOf` reads it. */
  get [ADAPTER](): ResourceServerAdapter {
    return this.#adapter
  }

  authenticate(request: ResourceRequest, options?: GuardOptions): Promise<Decision> {
    const guard = options === undefined ? this.#guard : createGuard(this.#gate, options)
    return authenticate(this.#gate, guard, request)
  }

  verify(token: string, context?: VerifyContext): Promise<VerifiedToken> {
    return authenticateToken(this.#gate, this.#guard, token, context)
  }

  async ready(): Promise<void> {
    await this.#gate.verification.ready?.()
    await Promise.all(this.#inspections.map((inspect) => inspect()))
  }

  async close(): Promise<void> {
    await this.#gate.verification.close?.()
    await this.#http.close()
  }
}

/** The servers with their places in the options. */
function listServers({
  authorizationServer,
  allowInsecureHttp,
}: ResourceServerOptions): PlacedOptions[] {
  const several = Array.isArray(authorizationServer)
  const list = (several ? authorizationServer : [authorizationServer]) as readonly (
    | string
    | PlacedOptions['options']
  )[]
  return list.map((entry, at) => {
    const path = several ? `authorizationServer.${at}` : 'authorizationServer'
    const options = typeof entry === 'string' ? { issuer: entry } : entry
    // Also with a verifier of the operator's own: the metadata names the issuer.
    assertIssuer(WHERE, `${path}.issuer`, options.issuer, allowInsecureHttp)
    return { path, options }
  })
}

/** Lets the option `inspect` look at its authorization server. */
function inspectionOf(
  { resource, requiredScopes = [], exclusiveAudience = false }: ResourceServerOptions,
  { options: { inspect }, server }: ConfiguredIssuer,
): () => Promise<void> {
  if (inspect === undefined) return async () => {}
  const inspection = { inspect, resource, requiredScopes, exclusiveAudience }
  return () => inspectServer(server, inspection)
}

/** Finds the profile of a token's issuer; for an issuer that is not configured, the default profile. */
function profilesOf(servers: readonly PlacedOptions[]): (token: VerifiedToken) => SettledProfile {
  const profiles = new Map(
    servers.map(({ options }) => [options.issuer, settleProfile(options.profile)]),
  )
  const other = settleProfile()
  return ({ issuer }) => profiles.get(issuer) ?? other
}
