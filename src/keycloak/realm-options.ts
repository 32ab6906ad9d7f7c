import type { SignatureAlgorithm } from '../authorization-server/algorithms.ts'
import type { RealmAllowances } from './realm-allowances.ts'

/** A scope of the MCP server. */
export interface RealmScope {
  /** As it stands in `scope`, such as `mcp:admin`. */
  readonly name: string
  /** Shown on the consent screen. */
  readonly description?: string
  /**
   * Realm roles, one of which a user must have to be given the scope. Without it everybody who
   * asks is given it.
   */
  readonly roles?: readonly string[]
}

/** How a client's access tokens are made. Keycloak's own way is an RS256 JWT with `typ: JWT`. */
export interface RealmTokens {
  /** Default: the realm's first algorithm. */
  readonly algorithm?: SignatureAlgorithm
  /** Seconds; default: the realm's `accessTokenLifetime`. */
  readonly lifetime?: number
  /** The header's `typ` is `at+jwt` (RFC 9068 §2.1). */
  readonly rfc9068?: boolean
  /** Without `sub`, `aud` and roles: whoever gets such a token has to introspect it. */
  readonly lightweight?: boolean
  /** Tokens are given out only with a DPoP proof, and bound to its key (RFC 9449). */
  readonly dpopBound?: boolean
}

/** A client of the realm: an MCP client, or whatever calls with a service account. */
export interface RealmClient {
  readonly clientId: string
  /** Shown on the consent screen. */
  readonly name?: string
  /** Gives the client the authorization code grant, with PKCE and S256 alone. */
  readonly redirectUris?: readonly string[]
  /** Origins of browsers; default `+`, those of `redirectUris`. */
  readonly webOrigins?: readonly string[]
  /** Gives the client the client credentials grant. */
  readonly serviceAccount?: boolean
  /**
   * Gives the service account a refresh token too, which it has no need of (RFC 6749 §4.4.3). But
   * Keycloak 26.7 with its feature resource-indicators answers 500 to a service account that sends
   * `resource`, as MCP clients do, and gets none. Default `false`.
   */
  readonly refreshToken?: boolean
  /** Realm roles of the service account. */
  readonly roles?: readonly string[]
  /**
   * How the client authenticates: `none` (a public client), a secret, or a JWT signed with its key
   * (`private_key_jwt`). Default `secret` with a service account, else `none`.
   */
  readonly authentication?:
    | 'none'
    | 'secret'
    | { readonly jwksUrl: string }
    | { readonly jwks: { readonly keys: readonly object[] } }
  /** With `authentication: 'secret'`; default: a generated one. */
  readonly secret?: string
  /**
   * Scopes of the server given to it unasked; default `scopes` with a service account, else none.
   * With several servers in a realm a client that has scopes of one unasked cannot call the others:
   * its tokens name two servers, and each refuses them. Resource indicators mend that.
   */
  readonly scopes?: readonly string[]
  /** Scopes of the server given to it when it asks; default all the others. */
  readonly optionalScopes?: readonly string[]
  readonly tokens?: RealmTokens
  /**
   * Asks users whether they agree. Default `true` for a client with `redirectUris`: with `false` a
   * page that a user visits can send her through a sign-in that she does not see.
   */
  readonly consent?: boolean
  /** Where Keycloak posts a logout token when a session ends that this client took part in. */
  readonly backchannelLogoutUrl?: string
  /** Gives the client the password grant: for tests, never for people. Default `false`. */
  readonly passwordGrant?: boolean
  /**
   * Lets every role of a user into its tokens, and with them the audience `account`: Keycloak's
   * default for clients made by hand, and not a good one. Default `false`.
   */
  readonly fullScope?: boolean
}

/** A user of the realm. Keycloak wants names and an address of everybody who signs in. */
export interface RealmUser {
  readonly username: string
  /** Default: a generated one. */
  readonly password?: string
  /** Default: made from `username`. */
  readonly email?: string
  readonly firstName?: string
  readonly lastName?: string
  /** Realm roles. */
  readonly roles?: readonly string[]
  /** Roles of the resource server's client. */
  readonly clientRoles?: readonly string[]
}

/** An API behind the MCP server, called with exchanged tokens (RFC 8693). */
export interface RealmDownstream {
  /** Its audience: the client id that it goes by in the realm. */
  readonly audience: string
  /** Of its client, which it may introspect with; default: a generated one. */
  readonly secret?: string
  /** The scope to be asked for with the exchange; default the `audience`. */
  readonly scope?: string
  /** Claims for it, each with the user's attribute that it is taken from: `{ userLoginId: 'username' }`. */
  readonly claims?: Readonly<Record<string, string>>
}

/**
 * Who may register clients without a token of the realm's administrator (RFC 7591, S1.10). Whoever
 * may register can ask users for their consent under any name.
 */
export interface RealmRegistration {
  /**
   * Hosts that may register clients, and that a client's URLs may name. Default none: nobody
   * registers anonymously.
   */
  readonly trustedHosts?: readonly string[]
  /**
   * Whether the sender's address must belong to a trusted host; default `true`. With `false` only
   * the client's URLs are looked at: clients on users' machines need that.
   */
  readonly matchSender?: boolean
  /** Origins of browsers from which clients may be registered; default none. */
  readonly webOrigins?: readonly string[]
  /** Clients in the realm after which no more are registered; default 200. */
  readonly maxClients?: number
  /**
   * Hosts whose documents describe clients: a client's id is the URL of its document (Keycloak's
   * feature `cimd`). Exact names. Default none.
   */
  readonly documentHosts?: readonly string[]
  /** Reads such documents over plain http too: for tests. Default `false`. */
  readonly insecureDocuments?: boolean
}

/** What an MCP server needs of a realm, be it a new one or one that exists. */
export interface CommonRealmOptions {
  /** Name of the realm, as it stands in the issuer; default `mcp`. */
  readonly realm?: string
  /** The MCP server's URL: `resource` of the resource server, and `aud` of the tokens. */
  readonly resource: string
  /**
   * Scopes of the server, which its clients ask for; default `mcp:tools`. They carry the server's
   * audience, so each server of a realm needs names of its own.
   */
  readonly scopes?: readonly (string | RealmScope)[]
  /** Further scopes of the server, which a client asks for later, as after a 403. */
  readonly optionalScopes?: readonly (string | RealmScope)[]
  /**
   * Whether Keycloak runs with its feature `resource-indicators`; default `false`. Then `resource`
   * narrows a token to one server, and the scopes carry a second audience that makes a token which
   * was requested without `resource` useless: the server needs `exclusiveAudience`. Nothing else keeps a
   * hostile server from collecting tokens for this one.
   */
  readonly resourceIndicators?: boolean
  /** What the realm may give away, against the recipe's default. Each is warned of. */
  readonly allow?: RealmAllowances
  /**
   * The set-up of the tutorial "MCP server authorization with Keycloak": every client gets the
   * scopes, as with `allow: { scopesForEveryClient: true }`. Default `false`.
   */
  readonly tutorial?: boolean
  /** The resource server's own client, with which it introspects and exchanges. */
  readonly server?: {
    /**
     * Default: the `resource`, so that one audience does for both. With another id every token gets
     * two, and one is lost where Keycloak's feature resource-indicators is on and a client sends
     * `resource`: then such a token can be neither introspected nor exchanged. So no other id goes
     * with `resourceIndicators`.
     */
    readonly clientId?: string
    /** Default: a generated one. */
    readonly secret?: string
    /** Roles of this client, for users to have. */
    readonly roles?: readonly string[]
  }
  /**
   * Where `aud` comes from. `scopes` (default): every token with a scope of this server names the
   * `resource` and the server's client. `roles`: a token names the server's client alone, and only
   * for users who have one of its `roles`; a `clientId` of your own then belongs in `additionalAudiences`.
   */
  readonly audienceFrom?: 'scopes' | 'roles'
  /**
   * Clients that may ask for the server's scopes. Default in a new realm: `mcp-client`, public,
   * redirected to loopback, and `mcp-service`, a service account with `refreshToken`.
   */
  readonly clients?: readonly RealmClient[]
  /** Redirect URIs of the default `mcp-client`; default `http://127.0.0.1/callback`, any port. */
  readonly redirectUris?: readonly string[]
  /** Realm roles, beside those that scopes, clients and users name. */
  readonly roles?: readonly string[]
  /** Default none. */
  readonly users?: readonly RealmUser[]
  readonly downstream?: RealmDownstream
}

/** What {@link keycloakRealm} makes a new realm from. */
export interface KeycloakRealmOptions extends CommonRealmOptions {
  readonly partial?: false
  /** Algorithms that the realm has keys for, the preferred one first; default `RS256`. */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /** Seconds that access tokens are good for; default 300. */
  readonly accessTokenLifetime?: number
  readonly registration?: RealmRegistration
}

/** What {@link keycloakRealm} adds to a realm that exists already. */
export interface PartialKeycloakRealmOptions extends CommonRealmOptions {
  readonly partial: true
  /**
   * Ids of clients of the realm that may ask for the server's scopes too. Where they are given,
   * `clients` are none by default.
   */
  readonly existingClients?: readonly string[]
  /**
   * Lets clients that register themselves name the server's scopes, where the realm lets clients
   * register. Default `false`.
   */
  readonly registration?: boolean
}
