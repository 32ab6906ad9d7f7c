import type { Clock } from '../storage/clock.ts'
import type { MaybePromise } from '../storage/maybe-promise.ts'
import type { SettledProfile } from '../token/settled-profile.ts'
import type { OAuthClient } from './client-authentication/oauth-client.ts'
import { type AuthorizationServerMetadata, Discovery, type EndpointName } from './discovery.ts'
import type { HttpClient } from './http/http-client.ts'

/** URLs of endpoints that the operator configured. They replace the URLs in the metadata. @internal */
export type EndpointUrls = Readonly<Partial<Record<EndpointName, string | undefined>>>

/**
 * One authorization server: its metadata, its endpoints, and the client that this server has there.
 * Nothing is fetched before it is needed. A `TokenIssuer` also has the keys.
 *
 * @internal
 */
export interface AuthorizationServer {
  /** Issuer identifier. */
  readonly issuer: string
  /** How the authorization server writes its tokens and answers. */
  readonly profile: SettledProfile
  /** The client that this server has there; `undefined` if none is configured. */
  readonly client: OAuthClient | undefined
  /** The HTTP client for calls to the server. */
  readonly http: HttpClient
  /**
   * Returns the metadata as the server published it; a promise of it only if it must be fetched.
   *
   * @throws {UnavailableError} `discovery_failed`
   */
  metadata(): MaybePromise<AuthorizationServerMetadata>
  /**
   * Returns the URL of an endpoint; a promise of it only if the metadata must be fetched. The configured
   * URL comes first, then the URL in the metadata, which is checked like a configured one.
   *
   * @param withCertificate whether the call has a client certificate. Then the URL in
   * `mtls_endpoint_aliases` comes before the usual one (RFC 8705 §5).
   * @throws {UnavailableError} `discovery_failed`
   */
  endpoint(name: EndpointName, withCertificate?: boolean): MaybePromise<string>
  /** Whether the operator configured the URL of this endpoint. */
  isConfigured(name: EndpointName): boolean
  /**
   * Reports that a call to an endpoint failed. The endpoint may have moved, so the metadata is fetched
   * again at its next use. Nothing happens if the operator configured the URL.
   */
  reportFailure(name: EndpointName): void
}

/** What {@link createAuthorizationServer} needs. @internal */
export interface AuthorizationServerParts {
  readonly issuer: string
  readonly profile: SettledProfile
  /** URLs that the operator configured. They must be checked already. */
  readonly endpoints?: EndpointUrls
  readonly client?: OAuthClient | undefined
  /** Whether endpoints in the metadata may use plain http on hosts other than loopback. */
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
    endpoint: (name, withCertificate) =>
      endpoints[name] ?? discovery.endpoint(name, withCertificate),
    isConfigured,
    reportFailure(name) {
      if (!isConfigured(name)) discovery.expire()
    },
  }
}
