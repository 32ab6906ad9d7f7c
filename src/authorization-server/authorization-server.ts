import type { Clock } from '../storage/clock.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { SettledProfile } from '../token/settled-profile.ts'
import type { OAuthClient } from './client-authentication/client-authentication.ts'
import { type AuthorizationServerMetadata, Discovery } from './discovery.ts'
import type { HttpClient } from './http/http-client.ts'

/** An endpoint, by the name of its member in the metadata (RFC 8414 §2). @internal */
export type EndpointName = 'introspection_endpoint' | 'jwks_uri' | 'token_endpoint'

/** URLs that the operator set, in place of those in the metadata. @internal */
export type EndpointUrls = Readonly<Partial<Record<EndpointName, string | undefined>>>

/**
 * One authorization server, for everything that speaks to it: its metadata, its endpoints, and this
 * server's client there. Nothing is fetched before it is needed. A `TokenIssuer` has its keys too.
 *
 * @internal
 */
export interface AuthorizationServer {
  /** Issuer identifier. */
  readonly issuer: string
  /** How it writes tokens and answers. */
  readonly profile: SettledProfile
  /** This server's client there; `undefined` where the operator configured none. */
  readonly client: OAuthClient | undefined
  /** The HTTP client for calls to the server. */
  readonly http: HttpClient
  /**
   * The metadata as the server published it. A promise only where it has to be fetched.
   *
   * @throws {UnavailableError} `discovery_failed`
   */
  metadata(): MaybePromise<AuthorizationServerMetadata>
  /**
   * The URL of an endpoint: the one that the operator set, otherwise the one in the metadata, which
   * must be as safe as a configured one. A promise only where the metadata has to be fetched.
   *
   * @throws {UnavailableError} `discovery_failed`
   */
  endpoint(name: EndpointName): MaybePromise<string>
  /** Whether the operator set the URL of this endpoint. */
  isConfigured(name: EndpointName): boolean
  /**
   * Reports that an endpoint did not answer as it should. It may have moved, so the metadata is
   * fetched again, unless the operator set the URL.
   */
  reportFailure(name: EndpointName): void
}

/** @internal */
export interface AuthorizationServerParts {
  readonly issuer: string
  readonly profile: SettledProfile
  /** Already checked. */
  readonly endpoints?: EndpointUrls
  readonly client?: OAuthClient | undefined
  /** Whether the metadata may name endpoints with plain http beyond loopback. */
  readonly allowInsecureHttp: boolean
  readonly http: HttpClient
  readonly clock: Clock
}

/** @internal */
export function createAuthorizationServer(parts: AuthorizationServerParts): AuthorizationServer {
  const { issuer, profile, allowInsecureHttp, http, clock, client, endpoints = {} } = parts
  const hint = profile.hints.unknownIssuer
  const discovery = new Discovery({ issuer, allowInsecureHttp, http, clock, hint })
  const isConfigured = (name: EndpointName): boolean => endpoints[name] !== undefined
  return {
    issuer,
    profile,
    client,
    http,
    metadata: () => discovery.metadata(),
    endpoint: (name) => endpoints[name] ?? discovery.endpoint(name),
    isConfigured,
    reportFailure(name) {
      if (!isConfigured(name)) discovery.expire()
    },
  }
}
