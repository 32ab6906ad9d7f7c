import type { CommonOptions } from '../authorization-server/options.ts'
import type { GateOptions } from '../gate/options.ts'
import type { PolicyOptions, ScopeHierarchy } from '../mcp/policy/options.ts'
import type { SessionOptions } from '../mcp/session-options.ts'
import type { ResourceDescription, SignedMetadataOptions } from '../metadata/options.ts'
import type { CacheOptions } from '../verification/options.ts'
import type { TokenVerifier } from '../verification/token-verifier.ts'
import type { AuthorizationServerOptions } from './authorization-server-options.ts'
import type { SharedStoreOptions } from './shared-store-options.ts'

/** Options of `createResourceServer`. Only `resource` and `authorizationServer` are required. */
export interface ResourceServerOptions extends GateOptions, CommonOptions {
  /**
   * The canonical URI of this server, exactly as clients use it (RFC 8707 §2, RFC 9728 §1.2). It is the
   * accepted audience and the `resource` of the metadata, and it is never rewritten.
   */
  readonly resource: string
  /**
   * The authorization server whose tokens are accepted: its issuer identifier, an object of options, or
   * a list of either.
   */
  readonly authorizationServer:
    | string
    | AuthorizationServerOptions
    | readonly (string | AuthorizationServerOptions)[]
  /**
   * Further accepted audiences, compared as exact strings, such as a client id that the authorization
   * server puts into `aud`. An audience that many servers share, such as `account` or `api`, is refused
   * at start-up.
   *
   * @defaultValue none
   */
  readonly additionalAudiences?: readonly string[]
  /**
   * Scopes that include other scopes: `{ 'mcp:admin': ['mcp:tools'] }`. It applies wherever a scope is
   * required.
   *
   * @defaultValue none
   */
  readonly scopeHierarchy?: ScopeHierarchy
  /**
   * Who may use which tool, resource, prompt and method. If it is set, every request with a body is
   * read as an MCP message.
   *
   * @defaultValue every caller with a good token may use everything
   */
  readonly policy?: PolicyOptions
  /**
   * Binds the sessions of MCP revisions before 2026-07-28 to the principal whose token opened them, in
   * the memory of this process. `'none'`: your server has no sessions, and a request that names one is
   * served without it. `'unchecked'`: your server binds its sessions to their owners itself.
   *
   * @defaultValue sessions are bound, with the defaults of its members
   */
  readonly sessions?: 'none' | 'unchecked' | SessionOptions
  /**
   * How many verified tokens are kept, and for how long. `false`: none.
   *
   * @defaultValue the defaults of its members
   */
  readonly cache?: false | CacheOptions
  /**
   * Your own verifier, used instead of those made from `authorizationServer`. `cache` cannot be set
   * together with it: wrap the verifier in `createCachedVerifier`.
   *
   * @defaultValue none
   */
  readonly verifier?: TokenVerifier
  /**
   * A store that several instances of this server share, such as Redis. An instance that learns of a
   * revocation tells the others.
   *
   * @defaultValue none: every instance is alone
   */
  readonly sharedStore?: SharedStoreOptions
  /**
   * Further members of the metadata document, by their names in RFC 9728 §2, such as `resource_name` or
   * `resource_documentation`.
   *
   * @defaultValue none
   */
  readonly metadata?: ResourceDescription
  /**
   * Signs the metadata document: its members are also in `signed_metadata`, as a JWT (RFC 9728 §2.2). While
   * signing fails, the document is answered with 503, and `ready()` says why. It cannot be set together
   * with `metadata.signed_metadata`.
   *
   * @defaultValue the document is not signed
   */
  readonly signedMetadata?: SignedMetadataOptions
  /**
   * Whether the authorization server's metadata is also served at this server's origin, for clients of
   * the MCP revision 2025-03-26, which look nowhere else.
   *
   * @defaultValue `false`
   */
  readonly mirrorAuthorizationServerMetadata?: boolean
}
