/**
 * What a realm allows in addition to the defaults of `keycloakRealm`. Each member makes the realm less
 * strict, and causes a warning: see `keycloakRealmWarnings`. Default `false` for each.
 */
export interface RealmAllowances {
  /**
   * Every client of the realm gets the server's scopes without asking. Then other services that receive
   * these clients' tokens, such as the backend of a web shop, can use them at the MCP server.
   */
  readonly scopesForEveryClient?: boolean
  /**
   * Every client of the realm may ask for the server's scopes. A client whose metadata document names
   * no `scope` needs this, unless an administrator assigns the scope to the client.
   */
  readonly scopesForClientsThatAsk?: boolean
  /**
   * With `resourceIndicators`: a token that was requested without `resource` is accepted. Then a hostile
   * MCP server gets tokens for this server from clients that send no `resource`.
   */
  readonly tokensWithoutResource?: boolean
  /** Every client with a service account gets tokens, even a client that a stranger registered. */
  readonly serviceAccountsOfStrangers?: boolean
  /** Every confidential client may exchange tokens that name it as an audience. */
  readonly tokenExchangeOfStrangers?: boolean
  /** The device grant: a user who confirms a stranger's code gives the stranger the user's rights. */
  readonly deviceGrant?: boolean
  /** Authorization codes without PKCE, or with the method `plain`. */
  readonly codesWithoutPkce?: boolean
  /** A client that registers itself may have a secret, and can introspect tokens with it. */
  readonly secretsForRegisteredClients?: boolean
  /** A client that registers itself may name URLs that Keycloak fetches, and any web origin. */
  readonly urlsOfRegisteredClients?: boolean
  /** A refresh token may be used more than once. Then the use of a stolen refresh token is not noticed. */
  readonly refreshTokenReuse?: boolean
  /**
   * Every user may give a client an offline session, which logout does not end. By default only users
   * with the realm role `offline_access` may do so. If a client asks for the scope for another user, it
   * is refused. Most clients do not ask, because by default the realm's metadata does not name the
   * scope. With `resourceIndicators` this allowance needs `tokensWithoutResource`, because Keycloak 26.7
   * forgets `resource` when it refreshes an offline token.
   */
  readonly offlineSessions?: boolean
  /** Offline sessions have no longest lifetime. By default they end after 30 days. */
  readonly endlessOfflineSessions?: boolean
  /** Passwords of any kind, such as `a`. */
  readonly anyPassword?: boolean
}

/** The effect of each allowance, for its warning. @internal */
export const GIVEN_AWAY: Readonly<Record<keyof RealmAllowances, string>> = {
  scopesForEveryClient: 'every client of the realm gets tokens for this server without asking',
  scopesForClientsThatAsk: 'every client of the realm can ask for tokens for this server',
  tokensWithoutResource: 'a token that was requested without `resource` is accepted',
  serviceAccountsOfStrangers: 'a client that a stranger registered can get tokens without a user',
  tokenExchangeOfStrangers: 'every confidential client can exchange tokens that name it',
  deviceGrant: 'a user who confirms a stranger’s device code gives the stranger the user’s rights',
  codesWithoutPkce: 'a stolen authorization code can be redeemed',
  secretsForRegisteredClients: 'a client that registers itself can introspect tokens',
  urlsOfRegisteredClients: 'a client that registers itself makes Keycloak fetch URLs of its choice',
  refreshTokenReuse: 'a stolen refresh token can be used unnoticed',
  offlineSessions: 'a session of a client outlives the user’s logout',
  endlessOfflineSessions: 'an offline session has no longest lifetime',
  anyPassword: 'a user can choose any password',
}
