import type { VerifiedToken } from '../../token/verified-token.ts'

/** What a caller asks the MCP server to do. */
export interface Operation {
  /** The JSON-RPC method, such as `tools/call`. */
  readonly method: string
  /** The tool or prompt, or the URI of the resource; absent where the method names none. */
  readonly name: string | undefined
  /** The parameters as sent: a caller's input. Absent where a list is filtered. */
  readonly params: Readonly<Record<string, unknown>> | undefined
}

/** All of these, or any of them. */
export type AllOrAny = readonly string[] | { readonly anyOf: readonly string[] }

/** What an operation needs; whatever is given must hold. */
export interface PolicyRequirement {
  /**
   * Scopes (RFC 6749 §3.3). A caller that lacks one gets a challenge that names them; of `anyOf` it
   * names the first, so that one goes first which gives least.
   */
  readonly scopes?: AllOrAny
  /**
   * Roles, as {@link PolicyOptions.rolesOf} reads them from the token. A caller that lacks one
   * is refused without a challenge, for no consent would give it.
   */
  readonly roles?: AllOrAny
  /**
   * Any other condition. `false` refuses without a challenge; one that throws, or gives anything
   * but a boolean, makes the request unavailable (503).
   */
  readonly allow?: (token: VerifiedToken, operation: Operation) => boolean | Promise<boolean>
}

/** Who may do something: whoever has a good token, nobody, or whoever meets a requirement. */
export type PolicyRule = 'allow' | 'deny' | PolicyRequirement

/** Rules by name. */
export type PolicyRules = Readonly<Record<string, PolicyRule>>

/** What callers may do, as plain data. The scopes that every request needs come on top. */
export interface PolicyOptions {
  /** By the tool's name. */
  readonly tools?: PolicyRules
  /**
   * By URI, or by URI template (RFC 6570) with simple `{name}` and reserved `{+path}` expressions.
   *
   * - A rule whose text is the URI to the letter decides alone.
   * - Otherwise **every** rule that matches must hold; templates have no precedence. A URI is granted
   *   only by templates that RFC 6570 can expand to it: `{name}` to unreserved characters and escapes
   *   (and `!'()*`), `{+path}` to reserved ones as well, up to a query or fragment. What no template
   *   grants, `default` does. A URI with a query that no rule names is granted as the one without it.
   * - What handlers could take the URI for restricts it too: rules that match as the MCP SDKs match, or
   *   once escapes are undone, letter case is ignored, or the query, a port or a host that the granting
   *   rule does not name are dropped.
   *
   * A URI that could lead out of its folder (dots or doubled slashes, also behind escapes) or that
   * `new URL()` writes otherwise is denied, unless a rule names it to the letter.
   */
  readonly resources?: PolicyRules
  /** By the prompt's name. */
  readonly prompts?: PolicyRules
  /**
   * By JSON-RPC method, for methods that name neither tool, resource nor prompt; `tasks/get` for
   * instance. What only keeps the protocol going (`initialize`, `ping`, `server/discover`, lists,
   * `logging/setLevel`, notifications) is allowed unless it stands here.
   */
  readonly methods?: PolicyRules
  /** For everything that has no rule; default `deny`. */
  readonly default?: PolicyRule
  /**
   * Reads the caller's roles. Default: as the profile of the token's issuer has them, which is the
   * claim `roles` (RFC 9068 §2.2.3.1), or for `keycloak` the realm roles (`realm_access.roles`).
   * For roles of a client of a Keycloak realm, call `clientRoles`. `createPolicy` knows no
   * issuers: its default is the claim `roles`.
   */
  readonly rolesOf?: (token: VerifiedToken) => readonly string[]
  /**
   * Whether lists also show what a caller lacks only a scope for, so that clients can find it, call it
   * and be asked to step up. Default `true`. `false`: only what the caller may use now.
   */
  readonly showStepUp?: boolean
  /** Longest body that is read, in bytes; default 4 MiB. Longer ones are answered with 413. */
  readonly maxBodySize?: number
  /** Most messages in one JSON-RPC batch, of revisions that have them; default 100. */
  readonly maxBatchSize?: number
}

/** Scopes that include others, by the wider one: `{ 'mcp:admin': ['mcp:tools'] }`. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>
