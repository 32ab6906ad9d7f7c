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
import { createGuard, createGuardForRequest, type Guard } from '../gate/guard.ts'
import type { GuardOptions } from '../gate/options.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { MemorySessionStore } from '../mcp/memory-session-store.ts'
import { CompiledPolicy, type Policy } from '../mcp/policy/compiled-policy.ts'
import { Sessions } from '../mcp/sessions.ts'
import type { ResourceDescription } from '../metadata/options.ts'
import {
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
} from '../metadata/protected-resource-metadata.ts'
import { SignedMetadata } from '../metadata/signed-metadata.ts'
import { KEY_SET_SUFFIX, wellKnownUrl } from '../metadata/well-known.ts'
import { assertIssuer, assertUrl } from '../options/check-url.ts'
import { clockOf } from '../options/clock-option.ts'
import { optionError } from '../options/option-error.ts'
import { readOptions } from '../options/read-options.ts'
import { assertDpopOptions } from '../sender-constraint/assert-dpop-options.ts'
import { ClientCertificates } from '../sender-constraint/client-certificate.ts'
import { Dpop } from '../sender-constraint/dpop.ts'
import type { DpopSettings } from '../sender-constraint/options-schema.ts'
import { timePassed } from '../storage/clock.ts'
import { createScopeHierarchy } from '../token/scope-hierarchy.ts'
import { type SettledProfile, settleProfile } from '../token/settled-profile.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { verificationBehind } from '../verification/bearer-only.ts'
import { createIssuersVerification } from '../verification/issuers.ts'
import {
  type AuthorizationServerSettings,
  authorizationServerSchema,
} from '../verification/options-schema.ts'
import type { ResourceServerAdapter } from './adapter.ts'
import { ADAPTER } from './adapter-key.ts'
import { createAdapter } from './create-adapter.ts'
import type { ResourceServer } from './interface.ts'
import { type Documents, metadataEndpoints } from './metadata-endpoints.ts'
import type { ResourceServerOptions } from './options.ts'
import { type ResourceServerSettings, resourceServerSchema } from './options-schema.ts'

export type { GuardOptions } from '../gate/options.ts'
export type { ResourceServer } from './interface.ts'

const WHERE = 'createResourceServer'

/**
 * Makes a resource server for one protected resource: token verification, challenges and metadata (RFC
 * 9728). It does not depend on a framework. It fetches nothing until the first request or the call of
 * {@link ResourceServer.ready}.
 *
 * @throws {TypeError} names the option that is wrong
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
  const settings = readOptions(WHERE, resourceServerSchema, options)
  if (settings.verifier !== undefined && settings.cache !== undefined) {
    throw optionError(
      WHERE,
      'cache',
      'has no effect together with `verifier`; wrap the verifier in createCachedVerifier instead',
      settings.cache,
    )
  }
  assertDpopOptions(WHERE, options.dpop, settings.dpop)
  assertUrl(WHERE, 'resource', settings.resource, settings.allowInsecureHttp)
  const servers = listServers(settings)
  const clock = clockOf(WHERE, settings)
  const http = createHttpClient(settings.http)
  const { allowInsecureHttp } = settings
  const shared = { where: WHERE, allowInsecureHttp, http, clock }
  // With the option `verifier`, the verifier itself talks to the authorization servers.
  const issuers =
    settings.verifier === undefined
      ? servers.map((placed) => createConfiguredIssuer(placed, shared))
      : []
  const { verification, maxTokenLength } =
    settings.verifier === undefined
      ? createIssuersVerification(WHERE, issuers, settings, clock)
      : verificationBehind(settings.verifier)
  const expandScopes = createScopeHierarchy(settings.scopeHierarchy)
  const profileOf = profilesOf(servers)
  const policy =
    settings.policy &&
    new CompiledPolicy(WHERE, 'policy.', settings.policy, expandScopes, (token) =>
      profileOf(token).rolesOf(token.claims),
    )
  const { requiredScopes } = settings
  const askedFor = settings.initialScopes ?? policy?.basicScopes ?? []
  const initialScopes = [...new Set([...requiredScopes, ...askedFor])]
  const metadata = protectedResourceMetadata({
    ...settings.metadata,
    resource: settings.resource,
    authorization_servers: servers.map(({ options: { issuer } }) => issuer),
    scopes_supported: initialScopes,
    ...dpopMetadata(settings.dpop),
    ...signingMetadata(settings),
    ...(settings.clientCertificate && { tls_client_certificate_bound_access_tokens: true }),
  })
  const signed =
    settings.signedMetadata &&
    new SignedMetadata({ where: WHERE, settings: settings.signedMetadata, metadata, clock })
  const gate: Gate = {
    resource: settings.resource,
    metadataUrl: wellKnownUrl(settings.resource),
    realm: settings.realm,
    requiredScopes,
    initialScopes,
    maxTokenLength: Math.min(settings.maxTokenLength, maxTokenLength),
    verification,
    revocation: settings.revocation,
    correlationId: settings.correlationId,
    expandScopes,
    scopeClaimsOf: (token) => profileOf(token).scopeClaims.jwt,
    challengeIncludesGranted: settings.challengeIncludesGranted,
    origins: new Origins(settings.allowedOrigins, settings.resource),
    dpopMode: settings.dpop.mode,
    dpop: new Dpop(settings.dpop, settings.resource, clock),
    possessions: new WeakMap(),
    certificates: new ClientCertificates(settings.clientCertificate, clock),
    policy,
    sessions:
      typeof settings.sessions === 'string'
        ? settings.sessions
        : new Sessions(new MemorySessionStore(settings.sessions, timePassed(clock))),
    streamGrace: settings.streamGrace,
    clock,
  }
  const inspections = issuers.map((issuer) => inspectionOf(settings, issuer))
  const authorizationServers = issuers.map(({ server }) => server)
  const endpoints = metadataEndpoints(WHERE, settings, { metadata, signed }, authorizationServers)
  return new GatedResource(gate, { metadata, signed }, endpoints, http, inspections)
}

type Placed = PlacedOptions<AuthorizationServerSettings>

class GatedResource implements ResourceServer {
  readonly resource: string
  readonly metadataUrl: string
  readonly metadata: ProtectedResourceMetadata
  readonly policy: Policy | undefined
  readonly #gate: Gate
  /** The guard for calls of `authenticate` and `verify` without options of their own. */
  readonly #guard: Guard
  readonly #adapter: ResourceServerAdapter
  readonly #http: HttpClient
  readonly #signed: SignedMetadata | undefined
  readonly #inspections: readonly (() => Promise<void>)[]

  constructor(
    gate: Gate,
    { metadata, signed }: Documents,
    endpoints: readonly Endpoint[],
    http: HttpClient,
    inspections: readonly (() => Promise<void>)[],
  ) {
    this.resource = gate.resource
    this.metadataUrl = gate.metadataUrl
    this.metadata = metadata
    this.#signed = signed
    this.policy = gate.policy
    this.#gate = gate
    this.#guard = createGuard(WHERE, gate)
    this.#adapter = createAdapter(gate, endpoints)
    this.#http = http
    this.#inspections = inspections
  }

  /**
   * Read by `adapterOf`. It is not part of the interface {@link ResourceServer}, and it is not
   * enumerable.
   */
  get [ADAPTER](): ResourceServerAdapter {
    return this.#adapter
  }

  authenticate(request: ResourceRequest, options?: GuardOptions): Promise<Decision> {
    const guard =
      options === undefined
        ? this.#guard
        : createGuardForRequest('authenticate', this.#gate, options)
    return authenticate(this.#gate, guard, request)
  }

  verify(token: string, context?: VerifyContext): Promise<VerifiedToken> {
    return authenticateToken(this.#gate, this.#guard, token, context)
  }

  async ready(): Promise<void> {
    await this.#signed?.document()
    await this.#gate.verification.ready?.()
    await Promise.all(this.#inspections.map((inspect) => inspect()))
  }

  async close(): Promise<void> {
    await this.#gate.verification.close?.()
    await this.#http.close()
  }
}

/** Lists the options of each authorization server, with the path that names them in error messages. */
function listServers({ authorizationServer, allowInsecureHttp }: ResourceServerSettings): Placed[] {
  const several = Array.isArray(authorizationServer)
  const list = (several ? authorizationServer : [authorizationServer]) as readonly (
    | string
    | AuthorizationServerSettings
  )[]
  return list.map((entry, at) => {
    const path = several ? `authorizationServer.${at}` : 'authorizationServer'
    const options =
      typeof entry === 'string' ? authorizationServerSchema.parse({ issuer: entry }) : entry
    // The metadata names the issuer, so this check is also needed with the option `verifier`.
    assertIssuer(WHERE, `${path}.issuer`, options.issuer, allowInsecureHttp)
    return { path, options }
  })
}

/** Returns a function that calls the option `inspect` of an authorization server. */
function inspectionOf(
  { resource, requiredScopes, exclusiveAudience }: ResourceServerSettings,
  { options: { inspect }, server }: ConfiguredIssuer,
): () => Promise<void> {
  if (inspect === undefined) return async () => {}
  const inspection = { inspect, resource, requiredScopes, exclusiveAudience }
  return () => inspectServer(server, inspection)
}

/**
 * Returns a function that finds the profile of a token's issuer. An issuer that is not configured gets
 * the default profile.
 */
function profilesOf(servers: readonly Placed[]): (token: VerifiedToken) => SettledProfile {
  const profiles = new Map(
    servers.map(({ options }) => [options.issuer, settleProfile(options.profile)]),
  )
  const other = settleProfile()
  return ({ issuer }) => profiles.get(issuer) ?? other
}

/** The members of the metadata that describe DPoP (RFC 9728 §2). */
function dpopMetadata({ mode, algorithms }: DpopSettings): Partial<ResourceDescription> {
  if (mode === 'off') return {}
  return {
    dpop_signing_alg_values_supported: algorithms,
    ...(mode === 'required' ? { dpop_bound_access_tokens_required: true } : {}),
  }
}

/**
 * The members of the metadata that the option `signedMetadata` adds, besides `signed_metadata` itself.
 *
 * @throws {TypeError} when an option sets the same member in another way
 */
function signingMetadata({
  resource,
  metadata,
  signedMetadata,
}: ResourceServerSettings): Partial<ResourceDescription> {
  if (signedMetadata === undefined) return {}
  if (metadata?.signed_metadata !== undefined) {
    const wants = 'cannot be combined with `signedMetadata`, which signs the document here'
    throw optionError(WHERE, 'metadata.signed_metadata', wants, metadata.signed_metadata)
  }
  if (!signedMetadata.publishKey) return {}
  if (metadata?.jwks_uri !== undefined) {
    const wants = 'cannot be combined with `signedMetadata.publishKey`, which sets it'
    throw optionError(WHERE, 'metadata.jwks_uri', wants, metadata.jwks_uri)
  }
  return { jwks_uri: wellKnownUrl(resource, KEY_SET_SUFFIX) }
}
