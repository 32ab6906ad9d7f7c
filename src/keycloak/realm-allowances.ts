/**
 * What a realm may give away, against the recipe's default. Each member is named for what becomes
 * possible, and each is warned of: see `keycloakRealmWarnings`.
 */
export interface RealmAllowances {
  /**
   * Every client of the realm gets the server's scopes unasked: a web shop's backend then holds
   * tokens for the MCP server, and can replay them there.
   */
  readonly scopesForEveryClient?: boolean
  /**
   * Every client of the realm may ask for the server's scopes. Clients whose metadata document names
   * no `scope` need it, unless the scope is assigned to them by hand.
   */
  readonly scopesForClientsThatAsk?: boolean
  /**
   * With `resourceIndicators`: a token that was requested without `resource` is accepted. Then a
   * hostile MCP server gets tokens for this one from clients that send no `resource`.
   */
  readonly tokensWithoutResource?: boolean
  /** Every client with a service account gets tokens, one that a stranger registered included. */
  readonly serviceAccountsOfStrangers?: boolean
  /** Every confidential client may exchange tokens that name it as an audience. */
  readonly tokenExchangeOfStrangers?: boolean
  /** The device grant: a user who confirms a stranger's code gives the stranger her rights. */
  readonly deviceGrant?: boolean
  /** Authorization codes without PKCE, or with the method `plain`. */
  readonly codesWithoutPkce?: boolean
  /** A client that registers itself may have a secret, and with it introspect tokens. */
  readonly secretsForRegisteredClients?: boolean
  /** A client that registers itself may name URLs that Keycloak fetches, and any web origins. */
  readonly urlsOfRegisteredClients?: boolean
  /** A refresh token may be used more than once, so that a stolen one goes unnoticed. */
  readonly refreshTokenReuse?: boolean
  /**
   * Every user may give a client an offline session, which logout does not end. Without it only
   * users with the realm role `offline_access` may, a client that asks for the scope for another user
   * is refused, and the metadata do not name the scope, so that stock clients ask for none. Keycloak
   * 26.7 forgets `resource` when it refreshes an offline token: with `resourceIndicators` the
   * allowance needs `tokensWithoutResource`.
   */
  readonly offlineSessions?: boolean
  /** Offline sessions never end by themselves: by default 30 days are the longest. */
  readonly endlessOfflineSessions?: boolean
  /** Passwords of any kind, such as `a`. */
  readonly anyPassword?: boolean
}

/** What each allowance gives away, for the warning. @internal */
export const GIVEN_AWAY: Readonly<Record<keyof RealmAllowances, string>> = {
  scopesForEveryClient: 'every client of the realm gets tokens for this server without asking',
  scopesForClientsThatAsk: 'every client of the realm can ask for tokens for this server',
  tokensWithoutResource: 'a token that was requested without `resource` is accepted',
  serviceAccountsOfStrangers: 'a client that a stranger registered can get tokens without a user',
  tokenExchangeOfStrangers: 'every confidential client can exchange tokens that name it',
  deviceGrant: 'a user who confirms a stranger’s device code gives the stranger her rights',
  codesWithoutPkce: 'a stolen authorization code can be redeemed',
  secretsForRegisteredClients: 'a client that registers itself can introspect tokens',
  urlsOfRegisteredClients: 'a client that registers itself makes Keycloak fetch URLs of its choice',
  refreshTokenReuse: 'a stolen refresh token can be used unnoticed',
  offlineSessions: 'a session of a client outlives the user’s logout',
  endlessOfflineSessions: 'an offline session never ends by itself',
  anyPassword: 'a user can choose any password',
}
