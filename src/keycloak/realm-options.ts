import type { SignatureAlgorithm } from '../jws/algorithms.ts'
import type { RealmAllowances } from './realm-allowances.ts'

/** A scope of the MCP server. */
export interface RealmScope {
  /** The scope's name in `scope`, such as `mcp:admin`. */
  readonly name: string
  /** Shown on the consent screen. */
  readonly description?: string
  /**
   * Realm roles that give the right to the scope: only a user who has one of them gets it. Default: every
   * user may get the scope.
   */
  readonly roles?: readonly string[]
}

/** The form of a client's access tokens. Keycloak's default is an RS256 JWT with `typ: JWT`. */
export interface RealmTokens {
  /** The signature algorithm; default: the first of the realm's `algorithms`. */
  readonly algorithm?: SignatureAlgorithm
  /** The lifetime in seconds; default: the realm's `accessTokenLifetime`. */
  readonly lifetime?: number
  /** Sets the header `typ` to `at+jwt` (RFC 9068 §2.1). Default `false`. */
  readonly rfc9068?: boolean
  /** Leaves out `sub`, `aud` and roles. Then a server must introspect the token. Default `false`. */
  readonly lightweight?: boolean
  /**
   * Gives the client no token without a DPoP proof (RFC 9449). Without this option Keycloak binds the
   * tokens of a client that sends a proof, and gives other clients bearer tokens. Default `false`.
   */
  readonly dpopBound?: boolean
}

/** A client of the realm: an MCP client, or a program with a service account. */
export interface RealmClient {
  readonly clientId: string
  /** Shown on the consent screen. */
  readonly name?: string
  /** The client's redirect URIs. With them the client gets the authorization code grant, with PKCE and S256 only. */
  readonly redirectUris?: readonly string[]
  /** Origins of web pages that may call Keycloak; default `+`, the origins of `redirectUris`. */
  readonly webOrigins?: readonly string[]
  /** Gives the client the client credentials grant. */
  readonly serviceAccount?: boolean
  /**
   * Gives the service account a refresh token too. A service account does not need it (RFC 6749
   * §4.4.3). But without it Keycloak 26.7, with its feature resource-indicators, answers 500 to a
   * service account that sends `resource`, as MCP clients do. Default `false`.
   */
  readonly refreshToken?: boolean
  /** Realm roles of the service account. */
  readonly roles?: readonly string[]
  /**
   * How the client authenticates: `none` (a public client), a secret, or a JWT signed with its key
   * (`private_key_jwt`). Default `secret` with a service account, otherwise `none`.
   */
  readonly authentication?:
    | 'none'
    | 'secret'
    | { readonly jwksUrl: string }
    | { readonly jwks: { readonly keys: readonly object[] } }
  /** The client's secret, with `authentication: 'secret'`; default: a generated secret. */
  readonly secret?: string
  /**
   * Scopes of the server that the client gets without asking. Default: `scopes` of the realm for a
   * service account, otherwise none. In a realm with several servers, a client with such scopes cannot
   * call the other servers: its tokens would be for two servers, and each server refuses them. With
   * resource indicators it can.
   */
  readonly scopes?: readonly string[]
  /** Scopes of the server that the client may ask for; default: all others. */
  readonly optionalScopes?: readonly string[]
  /** The form of the client's access tokens; default: Keycloak's defaults. */
  readonly tokens?: RealmTokens
  /**
   * Asks users for consent. Default `true` for a client with `redirectUris`. With `false` a web page can
   * start a sign-in that a user who is signed in does not notice.
   */
  readonly consent?: boolean
  /** The URL to which Keycloak posts a logout token when a session with this client ends. */
  readonly backchannelLogoutUrl?: string
  /** Gives the client the password grant: for tests, never for people. Default `false`. */
  readonly passwordGrant?: boolean
  /**
   * Puts every role of a user, and the audience `account`, into the client's tokens. Default `false`;
   * Keycloak's own default for new clients is `true`.
   */
  readonly fullScope?: boolean
}

/** A user of the realm. Keycloak requires names and an email address of every user who signs in. */
export interface RealmUser {
  readonly username: string
  /** The password; default: a generated password. */
  readonly password?: string
  /** The email address; default: `username` at `example.com`. */
  readonly email?: string
  readonly firstName?: string
  readonly lastName?: string
  /** Realm roles of the user. */
  readonly roles?: readonly string[]
  /** Roles of the user at the resource server's own client. */
  readonly clientRoles?: readonly string[]
}

/** An API that the MCP server calls with exchanged tokens (RFC 8693). */
export interface RealmDownstream {
  /** The API's audience: its client id in the realm. */
  readonly audience: string
  /** The secret of the API's client, for introspection; default: a generated secret. */
  readonly secret?: string
  /** The scope to request with the exchange; default: the `audience`. */
  readonly scope?: string
  /** Claims of the exchanged token, each with the user's attribute: `{ userLoginId: 'username' }`. */
  readonly claims?: Readonly<Record<string, string>>
}

/**
 * Who may register clients without a token of the realm's administrator (RFC 7591, S1.10). Anybody who
 * may register a client can choose any name for it, and ask users for consent.
 */
export interface RealmRegistration {
  /**
   * Hosts that may register clients. The URLs of a registered client must be on these hosts. Default
   * none: then nobody can register a client without a token.
   */
  readonly trustedHosts?: readonly string[]
  /**
   * Whether the sender's address must belong to a trusted host; default `true`. With `false` only the
   * client's URLs are checked. Clients on users' machines need `false`.
   */
  readonly matchSender?: boolean
  /** Origins of web pages that may register clients; default none. */
  readonly webOrigins?: readonly string[]
  /** How many clients the realm may have before registration stops; default 200. */
  readonly maxClients?: number
  /**
   * Hosts of client metadata documents: a client's id is the URL of its document (Keycloak's feature
   * `cimd`). Exact host names. Default none.
   */
  readonly documentHosts?: readonly string[]
  /** Allows client metadata documents over plain http. Use it only in tests. Default `false`. */
  readonly insecureDocuments?: boolean
}

/**
 * How Keycloak tells the MCP server that a session has ended, or that tokens no longer count. Without it,
 * the server learns that only by introspection, or never.
 */
export interface RealmRevocation {
  /**
   * The address at which Keycloak reaches the MCP server; default: the `resource`. The paths below it are
   * those that the resource server has by default.
   */
  readonly serverUrl?: string
  /**
   * Sends a logout token at once when a session of one of `clients` ends. A client has one address for
   * logout tokens, so in a realm with several servers only one of them gets the tokens of a client.
   * Clients that register themselves have no address: `securityEvents` covers their users. Default `false`.
   */
  readonly backchannelLogout?: boolean
  /**
   * Lets the server's own client have a stream of security events. Keycloak must run with its feature
   * `ssf`. Default `false`.
   */
  readonly securityEvents?: boolean
  /**
   * Sends the not-before time of the realm when an administrator pushes it, and the logout of everybody. The
   * server's client gets an Admin URL for it. Default `false`: the server learns both when it polls the realm.
   */
  readonly notBefore?: boolean
}

/** Options of `keycloakRealm` for new and for existing realms. */
export interface CommonRealmOptions {
  /** Name of the realm in the issuer; default `mcp`. */
  readonly realm?: string
  /** The MCP server's URL: `resource` of the resource server, and `aud` of the tokens. */
  readonly resource: string
  /**
   * Scopes of the server, which its clients ask for; default `mcp:tools`. A scope adds the server's
   * audience to a token, so two servers of a realm cannot share a scope name.
   */
  readonly scopes?: readonly (string | RealmScope)[]
  /** Further scopes of the server. A client asks for them later, for example after a 403. */
  readonly optionalScopes?: readonly (string | RealmScope)[]
  /**
   * Whether Keycloak runs with its feature `resource-indicators`; default `false`. With this feature,
   * the parameter `resource` narrows a token to one server. The scopes then add a second audience. It
   * stays in a token that was requested without `resource`, and a server with `exclusiveAudience`
   * refuses that token. Nothing else prevents a hostile server from collecting tokens for this server.
   */
  readonly resourceIndicators?: boolean
  /** What the realm allows in addition to the defaults. Each allowance causes a warning. */
  readonly allow?: RealmAllowances
  /**
   * The set-up of the tutorial "MCP server authorization with Keycloak": every client gets the
   * scopes, as with `allow: { scopesForEveryClient: true }`. Default `false`.
   */
  readonly tutorial?: boolean
  /** The resource server's own client, for introspection and token exchange. */
  readonly server?: {
    /**
     * The client id; default: the `resource`. Then one audience is enough for verification and
     * introspection. With another id every token has two audiences. With Keycloak's feature
     * resource-indicators, a token loses one of them when a client sends `resource`, and it can be
     * neither introspected nor exchanged. So with `resourceIndicators` the id must be the `resource`.
     */
    readonly clientId?: string
    /** The client's secret; default: a generated secret. */
    readonly secret?: string
    /** Roles of this client. Users can have them. */
    readonly roles?: readonly string[]
  }
  /**
   * What adds the server to `aud`. `scopes` (default): every token with a scope of this server has the
   * `resource` and the server's client id as audiences. `roles`: a token has only the server's client
   * id, and only if the user has one of the client's `roles`. With `roles` and a `clientId` of your own,
   * add this id to `additionalAudiences`.
   */
  readonly audienceFrom?: 'scopes' | 'roles'
  /**
   * Clients that may ask for the server's scopes. Default in a new realm: `mcp-client`, a public client
   * with a redirect URI on loopback, and `mcp-service`, a service account with `refreshToken`.
   */
  readonly clients?: readonly RealmClient[]
  /** Redirect URIs of the default `mcp-client`; default `http://127.0.0.1/callback`, any port. */
  readonly redirectUris?: readonly string[]
  /** Further realm roles. The roles of scopes, clients and users need not be repeated here. */
  readonly roles?: readonly string[]
  /** Users of the realm; default none. */
  readonly users?: readonly RealmUser[]
  /** An API that the MCP server calls with exchanged tokens; default none. */
  readonly downstream?: RealmDownstream
  /** What Keycloak tells the MCP server about ended sessions and revoked tokens; default nothing. */
  readonly revocation?: RealmRevocation
}

/** Options of {@link keycloakRealm} for a new realm. */
export interface KeycloakRealmOptions extends CommonRealmOptions {
  readonly partial?: false
  /** Algorithms of the realm's keys, the preferred one first; default `RS256`. */
  readonly algorithms?: readonly SignatureAlgorithm[]
  /** Lifetime of access tokens in seconds; default 300. */
  readonly accessTokenLifetime?: number
  /** Who may register clients without an administrator; default: nobody. */
  readonly registration?: RealmRegistration
}

/** Options of {@link keycloakRealm} for additions to an existing realm. */
export interface PartialKeycloakRealmOptions extends CommonRealmOptions {
  readonly partial: true
  /**
   * Ids of existing clients of the realm that may ask for the server's scopes too. With this option
   * `clients` is empty by default.
   */
  readonly existingClients?: readonly string[]
  /**
   * Whether clients that register themselves may name the server's scopes, if the realm allows
   * registration. Default `false`.
   */
  readonly registration?: boolean
}
