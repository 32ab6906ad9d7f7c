import type { ResourceDescription } from '../metadata/protected-resource-metadata.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { TokenVerifier } from '../verifiers/token-verifier.ts'
import type { AuthorizationServerOptions, CommonOptions } from './authorization-server-options.ts'

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
  readonly scopes?: readonly string[]
  /** `scopes_supported` of the metadata; default `scopes`. */
  readonly scopesSupported?: readonly string[]
  /**
   * Further audiences that are accepted, as exact strings, such as a client id that an
   * authorization server puts into `aud`. One that many servers share is refused at start-up.
   */
  readonly audiences?: readonly string[]
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
