import { createConfiguredIssuer } from '../authorization-server/configured-issuer.ts'
import { createHttpClient } from '../authorization-server/http/http-client.ts'
import { Origins } from '../gate/cross-origin.ts'
import type { Gate } from '../gate/gate.ts'
import { createGuard } from '../gate/guard.ts'
import { ClientLoops } from '../gate/loops/client-loops.ts'
import { RememberedScopes } from '../gate/loops/remembered-scopes.ts'
import { CompiledPolicy } from '../mcp/policy/compiled-policy.ts'
import { wellKnownUrl } from '../metadata/well-known.ts'
import { assertUrl } from '../options/check-url.ts'
import { clockOf } from '../options/clock-option.ts'
import { optionError } from '../options/option-error.ts'
import { readOptions } from '../options/read-options.ts'
import { assertDpopOptions } from '../sender-constraint/assert-dpop-options.ts'
import { ClientCertificates } from '../sender-constraint/client-certificates.ts'
import { Dpop } from '../sender-constraint/dpop.ts'
import { createScopeHierarchy } from '../token/scope-hierarchy.ts'
import { verificationBehind } from '../verification/bearer-only.ts'
import { createIssuersVerification } from '../verification/issuers.ts'
import { assertDistinctPaths, assertNoRevocationSources } from './assert-revocation-sources.ts'
import { inspectionOf, listAuthorizationServers, profilesOf } from './authorization-servers.ts'
import { createAdapter } from './create-adapter.ts'
import { GatedResource } from './gated-resource.ts'
import type { ResourceServer } from './interface.ts'
import { createDocuments } from './metadata-documents.ts'
import { metadataEndpoints } from './metadata-endpoints.ts'
import { pollNotBefore } from './not-before-sources.ts'
import type { ResourceServerOptions } from './options.ts'
import { resourceServerSchema } from './options-schema.ts'
import { pushedRevocationEndpoints } from './pushed-sources.ts'
import { createReplaySharing } from './replay-sharing.ts'
import { createRevocations, logoutEndpoints } from './revocation-sources.ts'
import { securityEventEndpoints } from './security-event-sources.ts'
import { createSharedState } from './shared-state.ts'

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
  const servers = listAuthorizationServers(WHERE, settings)
  const clock = clockOf(WHERE, settings)
  const issuerUrls = servers.map(({ options: { issuer } }) => issuer)
  const revocations = createRevocations(settings, issuerUrls, clock)
  const { shareResults, sessions } = createSharedState(WHERE, settings, revocations, clock)
  const http = createHttpClient(settings.http)
  const { allowInsecureHttp } = settings
  const shared = { where: WHERE, allowInsecureHttp, http, clock }
  // With the option `verifier`, the verifier itself talks to the authorization servers.
  if (settings.verifier !== undefined) assertNoRevocationSources(WHERE, servers)
  const issuers =
    settings.verifier === undefined
      ? servers.map((placed) => createConfiguredIssuer(placed, shared))
      : []
  const { verification, maxTokenLength } =
    settings.verifier === undefined
      ? createIssuersVerification(WHERE, issuers, settings, clock, shareResults)
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
  const documents = createDocuments(WHERE, settings, {
    issuers: issuerUrls,
    initialScopes,
    clock,
  })
  const shareReplays = createReplaySharing(settings.sharedStore, revocations)
  const loops = new ClientLoops({
    resource: settings.resource,
    verification,
    expandScopes,
    clientIdClaimsOf: (token) => profileOf(token).clientIdClaims.jwt,
    clock,
  })
  const gate: Gate = {
    resource: settings.resource,
    metadataUrl: wellKnownUrl(settings.resource),
    realm: settings.realm,
    requiredScopes,
    initialScopes,
    maxTokenLength: Math.min(settings.maxTokenLength, maxTokenLength),
    verification,
    revocations,
    rememberedScopes: new RememberedScopes(clock),
    revocation: settings.revocation.check,
    correlationId: settings.correlationId,
    expandScopes,
    scopeClaimsOf: (token) => profileOf(token).scopeClaims.jwt,
    challengeIncludesGranted: settings.challengeIncludesGranted,
    origins: new Origins(settings.allowedOrigins, settings.resource),
    dpopMode: settings.dpop.mode,
    dpop: new Dpop(settings.dpop, settings.resource, clock, (memory) =>
      shareReplays('dpop', memory),
    ),
    possessions: new WeakMap(),
    certificates: new ClientCertificates(settings.clientCertificate, clock),
    policy,
    sessions,
    streamGrace: settings.streamGrace,
    clockTolerance: settings.clockTolerance,
    loops,
    clock,
  }
  const authorizationServers = issuers.map(({ server }) => server)
  const sources = { where: WHERE, settings, issuers, revocations, shareReplays, clock }
  const endpoints = [
    ...metadataEndpoints(WHERE, settings, documents, authorizationServers),
    ...logoutEndpoints(sources),
    ...securityEventEndpoints(sources),
    ...pushedRevocationEndpoints(sources),
  ]
  assertDistinctPaths(WHERE, endpoints)
  pollNotBefore(sources)
  return new GatedResource({
    gate,
    guard: createGuard(WHERE, gate),
    adapter: createAdapter(gate, endpoints),
    documents,
    http,
    inspections: issuers.map((issuer) => inspectionOf(settings, issuer)),
  })
}
