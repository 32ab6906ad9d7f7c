import type { AuthorizationServerOptions, CommonOptions } from '../authorization-server/options.ts'
import type { PolicyOptions, ScopeHierarchy } from '../mcp/policy/options.ts'
import type { SessionOptions } from '../mcp/session-options.ts'
import type { ResourceDescription } from '../metadata/protected-resource-metadata.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenVerifier } from '../verification/token-verifier.ts'

/** How verified tokens are remembered. */
export interface CacheOptions {
  /** Most verified tokens; default 10 000. */
  readonly maxEntries?: number
  /**
   * Seconds for which an answer of introspection is reused; default 30. For JWTs in `hybrid` mode
   * the issuer's `confirm` says it.
   */
  readonly introspectionMaxAge?: number
  /** Seconds for which introspection's "inactive" is remembered; default 5. */
  readonly negativeMaxAge?: number
  /** Most inactive tokens remembered; default 1000. */
  readonly negativeMaxEntries?: number
}

/** Options of `createResourceServer`. Only `resource` and `authorizationServer` have no default. */
export interface ResourceServerOptions extends CommonOptions {
  /**
   * The canonical URI of this server, exactly as clients use it (RFC 8707 §2, RFC 9728 §1.2): the
   * accepted audience, and the `resource` of the metadata. Never rewritten.
   */
  readonly resource: string
  /** Whose tokens are accepted: an issuer, an issuer with options, or several. */
  readonly authorizationServer:
    | string
    | AuthorizationServerOptions
    | readonly (string | AuthorizationServerOptions)[]
  /** Scopes that every request needs; default none. Named in every challenge. */
  readonly requiredScopes?: readonly string[]
  /**
   * Scopes that clients are to ask for at first, beside `requiredScopes`: a 401 challenge and the metadata's
   * `scopes_supported` name them (MCP-5, MCP-8). Default: with `policy` what they demand of
   * protocol methods and of whatever has no rule of its own, else none. What single tools need,
   * clients learn when they call them. Name those scopes here as well where clients cannot step up:
   * some never ask for more than they registered with.
   */
  readonly initialScopes?: readonly string[]
  /**
   * Scopes that include others; default none. Counts wherever scopes are demanded (MCP-11).
   */
  readonly scopeHierarchy?: ScopeHierarchy
  /**
   * Whether a 403 challenge also names the scopes that the token already has. Set it for clients that
   * replace the scopes that they ask for instead of adding to them (MCP-10). Default `false`: the
   * challenge names the scopes that the request needs.
   */
  readonly challengeIncludesGranted?: boolean
  /**
   * Who may use which tool, resource, prompt and method; default: whoever passes the gate may use
   * all. With it every request that has a body is read as an MCP message.
   */
  readonly policy?: PolicyOptions
  /**
   * Origins of web pages that may call, as browsers send them (`https://app.example.com`); `*` for
   * all. They get the CORS headers that MCP clients need; the others 403. Default: only the
   * resource's own. Clients outside browsers send no origin and are not concerned.
   */
  readonly allowedOrigins?: readonly string[] | '*'
  /**
   * Binds the sessions of MCP revisions before 2026-07-28 to the principal whose token opened them,
   * in this process's memory. `'none'`: your server has no sessions, so a request that names one, of
   * an earlier server for example, is served without it. `'unchecked'`: your server has sessions and
   * binds them to their owners itself.
   */
  readonly sessions?: 'none' | 'unchecked' | SessionOptions
  /**
   * Seconds after a token's expiry at which a stream that it opened is ended; default 30, time
   * enough for a client to refresh. `false`: streams outlive their tokens (MCP-26).
   */
  readonly streamGrace?: number | false
  /**
   * Further audiences that are accepted, as exact strings, such as a client id that an
   * authorization server puts into `aud`. One that many servers share is refused at start-up.
   */
  readonly additionalAudiences?: readonly string[]
  /** `realm` of the challenges; default none. */
  readonly realm?: string
  /** Further members of the metadata document, by their names in RFC 9728 §2. */
  readonly metadata?: ResourceDescription
  /**
   * Serves the authorization server's metadata at this origin too, for clients of the MCP revision
   * 2025-03-26, which look nowhere else; default `false`.
   */
  readonly mirrorAuthorizationServerMetadata?: boolean
  /** How verified tokens are remembered; `false`: not at all. */
  readonly cache?: false | CacheOptions
  /**
   * Asked at every request, on a cache hit as well: has this token been revoked? One that throws
   * makes the request unavailable (503).
   */
  readonly revocation?: (token: VerifiedToken) => boolean | Promise<boolean>
  /** Your own verifier in place of those made from `authorizationServer`. */
  readonly verifier?: TokenVerifier
  /** Makes the ids that tie an answer to its event; default `crypto.randomUUID`. */
  readonly correlationId?: () => string
}
