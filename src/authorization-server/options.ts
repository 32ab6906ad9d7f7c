import type { Clock } from '../storage/clock.ts'
import type { TokenProfile } from '../token/profile.ts'
import type { SignatureAlgorithm } from './algorithms.ts'
import type {
  ClientAuthentication,
  ClientAuthenticationMethod,
} from './client-authentication/client-authentication.ts'
import type { HttpOptions } from './http/http-client.ts'
import type { InspectedServer } from './inspection.ts'
import type { KeySetOptions } from './key-set.ts'

/** How this server may ask an authorization server about tokens (RFC 7662). */
export interface IntrospectionOptions {
  /** This server's own client at the authorization server (S1.8). */
  readonly clientId: string
  /** Needed by the two built-in ways of `authentication`. Never logged. */
  readonly clientSecret?: string
  /** Default `client_secret_basic`. An object brings its own way. */
  readonly authentication?: ClientAuthenticationMethod | ClientAuthentication
  /** The endpoint's URL; default: `introspection_endpoint` of the issuer's metadata. */
  readonly endpoint?: string
  /**
   * Whether tokens that are not JWTs are sent to this issuer; default `true`. At most one issuer
   * can take them: they do not say whose they are. Each made-up one is a call, in a lane apart.
   */
  readonly opaqueTokens?: boolean
}

/** What is to be known of the JWTs of an issuer. */
export interface JwtOptions {
  /**
   * Accepted signature algorithms; default all of {@link SignatureAlgorithm}. Each key serves one.
   */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /** The keys themselves, as a JWK Set. Then nothing is fetched, and rotation is yours. */
  readonly keys?: { readonly keys: readonly Readonly<Record<string, unknown>>[] }
  /** URL of the key set; default: `jwks_uri` of the issuer's metadata. */
  readonly jwksUri?: string
  /** How a fetched key set is kept. */
  readonly keySet?: KeySetOptions
}

/** One authorization server whose tokens are accepted. */
export interface AuthorizationServerOptions extends JwtOptions {
  /** Issuer identifier, compared as an exact string with `iss` and with the metadata's `issuer`. */
  readonly issuer: string
  /**
   * How its access tokens are written. Default `rfc9068Profile`: header `typ: at+jwt` and every claim
   * that RFC 9068 §2.2 requires. For Keycloak: `keycloakProfile` of `mcp-resource-server/keycloak`,
   * which `keycloak()` sets. For other servers, write a {@link TokenProfile}.
   */
  readonly profile?: TokenProfile
  /** Further audiences, beside `resource`, that this issuer's tokens may name. */
  readonly additionalAudiences?: readonly string[]
  /** Credentials for introspection. Setting them makes `hybrid` the default verification. */
  readonly introspection?: IntrospectionOptions
  /**
   * `jwt`: by the issuer's keys. `introspection`: by asking about every token. `hybrid`: JWTs by
   * keys and confirmed as `confirm` says, other tokens by asking. Default `jwt`, or `hybrid` where
   * `introspection` is set.
   */
  readonly verification?: 'jwt' | 'introspection' | 'hybrid'
  /**
   * With `hybrid`: whether a JWT that passed is asked about too, so that a revocation is noticed:
   * `never`, `always` (at each request), or at most every so many seconds. Default 30.
   */
  readonly confirm?: 'never' | 'always' | number
  /**
   * Looks at the authorization server in `ready()`, to warn the operator. What it throws is ignored.
   * Default none.
   */
  readonly inspect?: (server: InspectedServer) => void | Promise<void>
}

/** What every token must meet, whoever issued it. */
export interface CommonOptions {
  /**
   * Requires that `aud` names only accepted audiences; default `false`. Where the signature of a JWT
   * is checked, its own `aud` counts, and an introspection answer only has to name this server: some
   * servers, such as Keycloak, answer with every audience that the client could have. With
   * `verification: 'introspection'` both count, so use hybrid verification with such a server.
   */
  readonly exclusiveAudience?: boolean
  /** Seconds by which clocks may differ; default 5, at most 60. */
  readonly clockTolerance?: number
  /** Longest accepted `exp` − `iat` in seconds; default: no limit. */
  readonly maxTokenLifetime?: number
  /** Longest token in characters; default 8192, at most 65536. */
  readonly maxTokenLength?: number
  /**
   * Accepts plain http for issuers and endpoints beyond loopback; default `false`. Whoever can
   * touch the wire can then forge keys and read tokens: for closed test set-ups only.
   */
  readonly allowInsecureHttp?: boolean
  /** The HTTP client towards authorization servers. */
  readonly http?: HttpOptions
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly clock?: Clock
}
