import type { VerifiedToken } from '../../token/verified-token.ts'

/** What a caller asks the MCP server to do. */
export interface Operation {
  /** The JSON-RPC method, such as `tools/call`. */
  readonly method: string
  /** The tool or prompt, or the URI of the resource; `undefined` when the method names none. */
  readonly name: string | undefined
  /** The parameters as the caller sent them; `undefined` when a list is filtered. */
  readonly params: Readonly<Record<string, unknown>> | undefined
}

/** Names that are all required, or `anyOf`: names of which one is required. */
export type AllOrAny = readonly string[] | { readonly anyOf: readonly string[] }

/** What an operation requires. Every member that is given must hold. */
export interface PolicyRequirement {
  /**
   * Scopes (RFC 6749 §3.3). A caller that lacks one gets a challenge that names them. Of `anyOf` the
   * challenge names the first, so list the scope that gives the fewest rights first.
   */
  readonly scopes?: AllOrAny
  /**
   * Roles, as {@link PolicyOptions.rolesOf} reads them from the token. A caller that lacks one
   * is refused without a challenge, because no consent would give it.
   */
  readonly roles?: AllOrAny
  /**
   * Any other condition. `false` refuses the call without a challenge. A function that throws, rejects
   * or gives anything but a boolean makes the request unavailable (503).
   */
  readonly allow?: (token: VerifiedToken, operation: Operation) => boolean | Promise<boolean>
  /**
   * `true`: the token must be bound to a DPoP key (RFC 9449), so that a stolen token is worth nothing
   * here. The gate checks the proof of every bound token. A caller with a bearer token gets a challenge
   * with the scheme `DPoP`.
   */
  readonly dpop?: true
}

/** Who may use something: any caller with a good token, nobody, or a caller that meets a requirement. */
export type PolicyRule = 'allow' | 'deny' | PolicyRequirement

/** Rules by name. */
export type PolicyRules = Readonly<Record<string, PolicyRule>>

/** What callers may do, as plain data. The scopes that every request needs are required as well. */
export interface PolicyOptions {
  /**
   * Rules by the name of the tool: `allow`, `deny`, or an object with `scopes`, `roles` or `allow`.
   *
   * @defaultValue none
   */
  readonly tools?: PolicyRules
  /**
   * Rules by the URI of the resource, or by URI template (RFC 6570) with simple `{name}` and reserved
   * `{+path}` expressions. A rule whose name is exactly the URI applies alone; otherwise every rule that
   * matches must hold.
   *
   * - If a rule's name is exactly the URI that the caller sent, only that rule applies.
   * - Otherwise **every** rule that matches must hold; templates have no precedence. A template grants
   *   the URIs that RFC 6570 can expand it to: `{name}` stands for unreserved characters and escapes
   *   (and `!'()*`), `{+path}` for reserved characters as well, up to a query or fragment. `default`
   *   applies to a URI that no rule grants. A URI with a query that no rule names is granted like the
   *   URI without the query.
   * - A rule also restricts every URI that a handler could take for what the rule names: a URI that
   *   matches as the MCP SDKs match, or that matches once escapes are decoded, letter case is ignored,
   *   or the query, a port or a host that the granting rule does not name is dropped.
   *
   * A URI that could lead out of its folder (dots or doubled slashes, escaped ones too), or that
   * `new URL()` would rewrite, is denied, unless a rule's name is exactly that URI.
   *
   * @defaultValue none
   */
  readonly resources?: PolicyRules
  /**
   * Rules by the name of the prompt.
   *
   * @defaultValue none
   */
  readonly prompts?: PolicyRules
  /**
   * Rules by JSON-RPC method, for methods that name no tool, resource or prompt, such as `tasks/get`.
   * Methods that only keep the protocol going (`initialize`, `ping`, `server/discover`, lists,
   * `logging/setLevel`, notifications) are allowed when they have no rule here.
   *
   * @defaultValue none
   */
  readonly methods?: PolicyRules
  /**
   * The rule for everything that has no rule.
   *
   * @defaultValue `deny`
   */
  readonly default?: PolicyRule
  /**
   * A function that reads the caller's roles from the token. By default `rolesOf` of the issuer's profile
   * reads them: `rfc9068Profile` from the claim `roles` (RFC 9068 §2.2.3.1), `keycloakProfile` the realm
   * roles (`realm_access.roles`).
   *
   * For the roles of a client of a Keycloak realm, call `clientRoles`. `createPolicy` does not know the
   * issuers: its default is the claim `roles`.
   *
   * @defaultValue as the issuer's profile reads them
   */
  readonly rolesOf?: (token: VerifiedToken) => readonly string[]
  /**
   * Whether lists also show items for which the caller lacks only a scope, so that a client can find
   * and call them and ask the user for the scope. `false`: only what the caller may use now.
   *
   * @defaultValue `true`
   */
  readonly showStepUp?: boolean
  /**
   * Longest body that is read, in bytes. A longer one is answered with 413.
   *
   * @defaultValue 4 MiB
   */
  readonly maxBodySize?: number
  /**
   * Most messages in one JSON-RPC batch, in the MCP revisions that have batches.
   *
   * @defaultValue 100
   */
  readonly maxBatchSize?: number
}

/** Scopes that include others, by the wider one: `{ 'mcp:admin': ['mcp:tools'] }`. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>
