import type { TokenExchangeReason } from '../errors.ts'
import type { Confirmation } from './confirmation.ts'
import type { Claims } from './verified-token.ts'

/** What {@link TokenProfile.checkType} looks at. */
export interface TypeEvidence {
  /** Claims of the JWT, or members of the introspection answer. Frozen. */
  readonly claims: Claims
  /** `typ` of the JOSE header (RFC 7515 §4.1.9). `undefined` for an introspection answer. */
  readonly headerType: string | undefined
  readonly source: 'jwt' | 'introspection'
}

/** A refusal of the token endpoint, for {@link TokenProfile.readExchangeRefusal}. */
export interface ExchangeRefusal {
  /** The HTTP status. */
  readonly status: number
  /** `error` (RFC 6749 §5.2). */
  readonly code: string
  /** `error_description`, or an empty text. Never repeat it: it may quote the token. */
  readonly description: string
}

/**
 * Explanations for the operator, added to error messages and logs. They decide nothing. A hint that
 * throws, or that is not a text, is left out.
 */
export interface ProfileHints {
  /**
   * Why introspection may have answered `active: false` (RFC 7662 §2.2).
   *
   * @param claims of the token itself, where it is a JWT. They are not verified. Quote no claim that
   * says who the user is.
   * @param clientId the client that introspected
   */
  inactive?(claims: Claims, clientId: string): string | undefined
  /** What to check where the server answers and has no metadata for the issuer (RFC 8414 §3). */
  unknownIssuer?(issuer: string): string | undefined
  /**
   * What to check where the introspection endpoint refuses this server's client.
   *
   * @param status 400 or 401: the client is unknown or its secret is wrong. 403: it may not introspect.
   */
  clientRefused?(status: number): string | undefined
  /** What to check where the token endpoint refuses an exchange (RFC 8693 §2.2.2). */
  exchangeRefused?(reason: TokenExchangeReason): string | undefined
}

/**
 * A token profile: how one kind of authorization server writes its access tokens. The default is
 * `rfc9068Profile` (RFC 9068); `mcp-resource-server/keycloak` has `keycloakProfile`. Write a profile
 * for a server that keeps to neither: every member that you leave out is as in RFC 9068.
 *
 * A profile cannot loosen the checks that protect this server. Signature and algorithm, issuer,
 * audience, expiry and sender constraint are checked apart from it, whatever the profile says. It
 * decides what counts as an access token, as a scope, as a client id and as a role.
 *
 * @example A server whose scopes are a list in `scp`, and whose clients are in `cid`
 * ```ts
 * import { ChallengeError, createResourceServer, type TokenProfile } from 'mcp-resource-server'
 *
 * const acmeProfile: TokenProfile = {
 *   name: 'acme',
 *   scopeClaims: ['scp'],
 *   clientIdClaims: ['cid'],
 *   checkType({ claims }) {
 *     if (claims.token_use === 'access') return
 *     throw new ChallengeError('token_type_refused', 'the claim "token_use" is not "access"')
 *   },
 * }
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: { issuer: 'https://login.acme.example', profile: acmeProfile },
 *   requiredScopes: ['mcp:tools'],
 * })
 * console.log(resourceServer.metadataUrl)
 * ```
 */
export interface TokenProfile {
  /** The profile's name in messages, such as `acme`. */
  readonly name: string
  /**
   * Claims that a JWT must have. `iss`, `aud`, `exp` and a client id are always required. Default
   * `sub`, `iat` and `jti`, and `client_id` unless `clientIdClaims` is set (RFC 9068 §2.2).
   */
  readonly requiredClaims?: readonly string[]
  /**
   * Claims that hold the scopes; the first one that is there counts. A text with blanks between the
   * scopes (RFC 8693 §4.2) and a list are both read. In introspection answers `scope` (RFC 7662 §2.2)
   * counts where none of these is there. Default `scope`.
   */
  readonly scopeClaims?: readonly string[]
  /**
   * Claims that hold the id of the OAuth client; the first one that is there counts. In introspection
   * answers `client_id` (RFC 7662 §2.2) counts where none of these is there. Default `client_id`, and
   * `azp` in introspection answers.
   */
  readonly clientIdClaims?: readonly string[]
  /** Reads the roles of a token. Default: the claim `roles`, a list of strings (RFC 9068 §2.2.3.1). */
  rolesOf?(claims: Claims): readonly string[]
  /**
   * Refuses tokens that are not access tokens, such as ID tokens and refresh tokens of the same issuer.
   * Return nothing where it is an access token, otherwise throw. Where an introspection answer confirms
   * a JWT, the claims that the answer leaves out are the JWT's. Default: the header `typ` of a JWT is
   * `at+jwt` (RFC 9068 §4).
   *
   * @throws {ChallengeError} `token_type_refused`
   */
  checkType?(evidence: TypeEvidence): void
  /**
   * Audiences that tokens for many servers of this authorization server have. They cannot be
   * configured as an audience of this server, in any case of letters. Names that are always refused,
   * such as `api`, need not be repeated. Default none.
   */
  readonly genericAudiences?: readonly string[]
  /**
   * Says whether a JWT is lightweight: signed, but made without claims that introspection adds. With
   * hybrid verification such a token is completed by introspection once its signature has passed, and
   * then it must meet every rule. Anything but `true`, and an error, means `false`. Default: no token is
   * lightweight.
   */
  isLightweight?(claims: Claims): boolean
  /**
   * Members of `cnf` (RFC 7800 §3) that only describe another member and bind the token to nothing: the
   * name of the note, and the member that it describes. Every other unknown member refuses the
   * token. Default none.
   */
  readonly confirmationNotes?: Readonly<Record<string, keyof Confirmation>>
  /**
   * Members of introspection answers that are strings. An answer in which one of them is something else
   * is a fault of the server (503), not of the caller. Those of RFC 7662 §2.2 and the client ids are
   * always checked. Default none.
   */
  readonly introspectionTexts?: readonly string[]
  /**
   * What a refused token exchange means, where the server's error code alone says too little.
   * `undefined` means: as in RFC 6749 §5.2 and RFC 8693 §2.2.2. Default: always as there.
   */
  readExchangeRefusal?(refusal: ExchangeRefusal): TokenExchangeReason | undefined
  /** Explanations for the operator. Default none. */
  readonly hints?: ProfileHints
}
