// More than 300 lines: about half of them document the public interface.

import type { AuthorizationServer } from '../authorization-server/authorization-server.ts'
import {
  type ConfiguredIssuer,
  createConfiguredIssuer,
  type PlacedOptions,
} from '../authorization-server/configured-issuer.ts'
import { createHttpClient, type HttpClient } from '../authorization-server/http/http-client.ts'
import { inspectServer } from '../authorization-server/inspection.ts'
import { UnavailableError } from '../errors.ts'
import {
  authenticate,
  authorizeAlone,
  type Gate,
  type VerifyContext,
} from '../gate/authenticate.ts'
import { Origins } from '../gate/cross-origin.ts'
import type { Allowed, Decision } from '../gate/decision.ts'
import { type MessageGate, WiredMessageGate } from '../gate/message-gate.ts'
import { headerValues } from '../http/header-fields.ts'
import type { ResourceRequest } from '../http/resource-request.ts'
import { MemorySessionStore } from '../mcp/memory-session-store.ts'
import { CompiledPolicy, type Policy } from '../mcp/policy/compiled-policy.ts'
import { settleSessionOptions } from '../mcp/session-options.ts'
import { Sessions } from '../mcp/sessions.ts'
import { answerDocument, type HttpAnswer } from '../metadata/document-answer.ts'
import {
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
} from '../metadata/protected-resource-metadata.ts'
import { findPath, wellKnownPaths, wellKnownUrl } from '../metadata/well-known.ts'
import { assertOptions, optionError } from '../options/check-options.ts'
import { assertIssuer, assertUrl } from '../options/check-url.ts'
import { clockOf } from '../options/clock-option.ts'
import { resourceServerSchema } from '../options/schemas.ts'
import { timePassed } from '../storage/clock.ts'
import { type MaybePromise, whenSettled } from '../storage/maybe-promise.ts'
import { warnOnce } from '../telemetry/warnings.ts'
import { MAX_TOKEN_LENGTH } from '../token/defaults.ts'
import { createScopeHierarchy } from '../token/scope-hierarchy.ts'
import { type SettledProfile, settleProfile } from '../token/settled-profile.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import { verificationBehind } from '../verification/bearer-only.ts'
import { createIssuersVerification } from '../verification/issuers.ts'
import type { TokenVerifier } from '../verification/token-verifier.ts'
import type { ResourceServerOptions } from './options.ts'

const WHERE = 'createResourceServer'

const STREAM_GRACE = 30

/** Narrows one authentication. */
export interface GuardOptions {
  /** Scopes that this request needs beside those that every request needs. */
  readonly requiredScopes?: readonly string[]
  /** `false`: this is no MCP endpoint, so the policy of operations does not apply. */
  readonly policy?: false
}

/** The beginning of a handler's answer, as far as it matters here. */
export interface HandlerAnswer {
  readonly status: number
  /** Its `Mcp-Session-Id`. */
  readonly sessionId: string | undefined
}

/** The gate of one protected resource. Made by {@link createResourceServer}. */
export interface ResourceServer extends TokenVerifier {
  /** As configured. */
  readonly resource: string
  /** Where clients find {@link metadata}: the `resource_metadata` of every challenge. */
  readonly metadataUrl: string
  /** The RFC 9728 document. */
  readonly metadata: ProtectedResourceMetadata
  /**
   * Judges a request. The only door: adapters call it, and so can you. Never rejects.
   */
  authenticate(request: ResourceRequest, options?: GuardOptions): Promise<Decision>
  /**
   * Takes the beginning of the handler's answer to an allowed request, before anything of it is sent:
   * so sessions get their owners. It gives a promise only where the sessions are kept in a store that
   * gives one. Adapters call it.
   */
  answered(request: ResourceRequest, decision: Allowed, answer: HandlerAnswer): MaybePromise<void>
  /** The policy of the option `policy`; absent where there is none. */
  readonly policy: Policy | undefined
  /** Judges messages where an MCP server receives them. `protectServer` asks it. */
  readonly messages: MessageGate
  /**
   * Judges a token alone, by all the rules, required scopes and revocation included. The policy of
   * operations needs a request, so it is not asked. A token that is bound to a key or certificate is
   * refused, since only a request can prove possession: use {@link authenticate} for those.
   *
   * @throws {ChallengeError} @throws {UnavailableError}
   */
  verify(token: string, context?: VerifyContext): Promise<VerifiedToken>
  /**
   * Answers a request for one of the well-known documents of this resource; `undefined` when it
   * is for something else. These need no token.
   */
  documents(request: ResourceRequest): Promise<HttpAnswer | undefined>
  /**
   * Fetches metadata and keys now, and asks about a made-up token where introspection is
   * configured, so that a wrong set-up shows at start-up. Then lets `inspect` of each authorization
   * server look at it.
   *
   * @throws {UnavailableError} saying what cannot be had, or which option to look at
   */
  ready(): Promise<void>
  /** Ends the connections to authorization servers. Every later request is answered with 503. */
  close(): Promise<void>
}

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
    scopes,
    initialScopes,
    maxTokenLength: Math.min(options.maxTokenLength ?? MAX_TOKEN_LENGTH, maxTokenLength),
    verification,
    revocation: options.revocation,
    correlationId: options.correlationId,
    expandScopes,
    scopeClaimsOf: (token) => profileOf(token).scopeClaims.jwt,
    repeatGranted: options.challengeIncludesGranted ?? false,
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
  const documents = documentsOf(
    options,
    metadata,
    issuers.map(({ server }) => server),
  )
  return new Wired(gate, metadata, documents, http, inspections)
}

type Documents = ReadonlyMap<string, () => string | Promise<string>>

class Wired implements ResourceServer {
  readonly resource: string
  readonly metadataUrl: string
  readonly metadata: ProtectedResourceMetadata
  readonly policy: Policy | undefined
  readonly messages: MessageGate
  readonly #gate: Gate
  readonly #documents: Documents
  readonly #http: HttpClient
  readonly #inspections: readonly (() => Promise<void>)[]

  constructor(
    gate: Gate,
    metadata: ProtectedResourceMetadata,
    documents: Documents,
    http: HttpClient,
    inspections: readonly (() => Promise<void>)[],
  ) {
    this.resource = gate.resource
    this.metadataUrl = gate.metadataUrl
    this.metadata = metadata
    this.policy = gate.policy
    this.messages = new WiredMessageGate(gate)
    this.#gate = gate
    this.#documents = documents
    this.#http = http
    this.#inspections = inspections
  }

  authenticate(request: ResourceRequest, options: GuardOptions = {}): Promise<Decision> {
    const { scopes } = this.#gate
    const all =
      options.requiredScopes === undefined
        ? scopes
        : [...new Set([...scopes, ...options.requiredScopes])]
    return authenticate(this.#gate, request, {
      scopes: all,
      policy: options.policy !== false,
    })
  }

  answered(request: ResourceRequest, decision: Allowed, answer: HandlerAnswer): MaybePromise<void> {
    const { sessions } = this.#gate
    if (sessions === 'none' && answer.sessionId !== undefined) warnOfSession(this)
    if (typeof sessions === 'string') return
    const opened =
      answer.sessionId !== undefined && answer.status < 300
        ? sessions.open(answer.sessionId, decision.token)
        : undefined
    // Ended by its owner, or unknown to the handler itself.
    const ended = answer.status === 404 || (request.method === 'DELETE' && answer.status < 300)
    const { sessionId } = decision
    if (!ended || sessionId === undefined) return opened
    return whenSettled(opened, () => sessions.close(sessionId))
  }

  verify(token: string, context?: VerifyContext): Promise<VerifiedToken> {
    return authorizeAlone(this.#gate, token, this.#gate.scopes, context)
  }

  async documents(request: ResourceRequest): Promise<HttpAnswer | undefined> {
    const path = findPath(this.#documents.keys(), request.url)
    const load = path === undefined ? undefined : this.#documents.get(path)
    if (load === undefined) return undefined
    const [ifNoneMatch] = headerValues(request.headers, 'if-none-match')
    try {
      return answerDocument(request.method, ifNoneMatch, await load())
    } catch (error) {
      const retryAfter = error instanceof UnavailableError ? error.retryAfter : 5
      const headers = { 'Retry-After': String(retryAfter), 'Access-Control-Allow-Origin': '*' }
      return { status: 503, headers, body: undefined }
    }
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

/** Warns where the MCP server opens a session: its id is withheld from the server in later requests. */
function warnOfSession(resourceServer: ResourceServer): void {
  warnOnce(
    resourceServer,
    'MCP_SESSION_WHERE_NONE_ARE',
    "createResourceServer: sessions is 'none', but the MCP server has opened a session, whose id " +
      'no later request will show it; leave `sessions` out, or let the server open none',
  )
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

function documentsOf(
  { resource, mirrorAuthorizationServerMetadata }: ResourceServerOptions,
  metadata: ProtectedResourceMetadata,
  servers: readonly AuthorizationServer[],
): Documents {
  const documents = new Map<string, () => string | Promise<string>>()
  const own = JSON.stringify(metadata)
  for (const path of wellKnownPaths(resource, 'oauth-protected-resource')) {
    documents.set(path, () => own)
  }
  if (mirrorAuthorizationServerMetadata !== true) return documents
  const [server, second] = servers
  if (server === undefined || second !== undefined) {
    throw optionError(
      WHERE,
      'mirrorAuthorizationServerMetadata',
      'needs exactly one authorizationServer and no verifier of your own',
      true,
    )
  }
  for (const suffix of ['oauth-authorization-server', 'openid-configuration']) {
    for (const path of wellKnownPaths(resource, suffix)) {
      documents.set(path, async () => JSON.stringify(await server.metadata()))
    }
  }
  return documents
}
