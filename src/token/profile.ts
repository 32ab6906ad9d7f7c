import type { ChallengeReason, TokenExchangeReason } from '../errors/reasons.ts'
import type { Confirmation } from './confirmation.ts'
import type { Claims } from './verified-token.ts'

/** The input of {@link TokenProfile.checkType}. */
export interface TypeEvidence {
  /** Claims of the JWT, or members of the introspection answer. Frozen. */
  readonly claims: Claims
  /** `typ` of the JOSE header (RFC 7515 §4.1.9). `undefined` for an introspection answer. */
  readonly headerType: string | undefined
  readonly source: 'jwt' | 'introspection'
}

/** What may name the audience of a token that has no `aud`. See {@link TokenProfile.audienceSubstitutes}. */
export type AudienceSubstitute = 'scope-prefix' | 'client-id'

/** An error answer of the token endpoint, for {@link TokenProfile.readExchangeRefusal}. */
export interface ExchangeRefusal {
  /** The HTTP status. */
  readonly status: number
  /** `error` (RFC 6749 §5.2). */
  readonly code: string
  /** `error_description`, or an empty string. Do not put it into a message: it may quote the token. */
  readonly description: string
}

/**
 * Explanations for the operator. They are added to error messages and logs, and have no effect on
 * decisions. A hint that throws, or that is not a string, is left out.
 */
export interface ProfileHints {
  /**
   * Explains why introspection may have answered `active: false` (RFC 7662 §2.2).
   *
   * @param claims the unverified claims of the token, which is a JWT. Do not quote a claim that
   * identifies the user.
   * @param clientId the client that introspected
   */
  inactive?(claims: Claims, clientId: string): string | undefined
  /**
   * Explains why a token was refused, if the server's tokens have a usual reason for it. The signature of
   * the token need not have been verified.
   *
   * @param claims the unverified claims of the token; `undefined` if the token is not a JWT, or encrypted.
   * Do not quote a claim that identifies the user.
   */
  refused?(reason: ChallengeReason, claims: Claims | undefined): string | undefined
  /** Says what to check if the server has no metadata for the issuer (RFC 8414 §3). */
  unknownIssuer?(issuer: string): string | undefined
  /**
   * Says what to check if the introspection endpoint refuses this server's client.
   *
   * @param status 400 or 401: the client is unknown or its secret is wrong. 403: it may not introspect.
   */
  clientRefused?(status: number): string | undefined
  /** Says what to check if the token endpoint refuses an exchange (RFC 8693 §2.2.2). */
  exchangeRefused?(reason: TokenExchangeReason): string | undefined
}

/**
 * A token profile describes the access tokens of one kind of authorization server. The default is
 * `rfc9068Profile` (RFC 9068); `mcp-resource-server/keycloak` has `keycloakProfile`, and
 * `mcp-resource-server/profiles` has those of Auth0, Entra ID, Okta, Amazon Cognito and others. Write your
 * own profile for a server that follows none of them. Members that you leave out are as in RFC 9068.
 *
 * A profile decides what counts as an access token, a scope, a client id and a role. It cannot loosen
 * the checks of signature, algorithm, issuer, audience, expiry and sender constraint. Only
 * `audienceSubstitutes` says, by name, what names the audience of a token that has no `aud`. That audience
 * is then compared like any other.
 *
 * @example A server whose scopes are a list in scp, and whose clients are in cid
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
   * Claims that hold the scopes. The first of them that the token has counts. Its value is a string with
   * spaces between the scopes (RFC 8693 §4.2), or a list. An introspection answer that has none of these
   * claims may have `scope` (RFC 7662 §2.2). Default `scope`.
   */
  readonly scopeClaims?: readonly string[]
  /**
   * What clients write before a scope when they ask for it, if the tokens leave it out, such as
   * `api://6e74172b/`. It is put before every scope of a token. So `requiredScopes`, policies and
   * challenges have the names that clients must ask for. Default none.
   */
  readonly scopePrefix?: string
  /**
   * Claims that hold the id of the OAuth client. The first of them that the token has counts. An
   * introspection answer that has none of these claims may have `client_id` (RFC 7662 §2.2). Default
   * `client_id`, then `azp`.
   */
  readonly clientIdClaims?: readonly string[]
  /** Reads the roles of a token. Default: the claim `roles`, a list of strings (RFC 9068 §2.2.3.1). */
  rolesOf?(claims: Claims): readonly string[]
  /**
   * Refuses tokens that are not access tokens, such as ID tokens and refresh tokens of the same issuer.
   * Return nothing for an access token, otherwise throw. If an introspection answer confirms a JWT,
   * `claims` has the members of the answer, and the claims of the JWT that the answer leaves out.
   * Default: the header `typ` of a JWT must be `at+jwt` (RFC 9068 §4).
   *
   * @throws {ChallengeError} `token_type_refused`
   */
  checkType?(evidence: TypeEvidence): void
  /**
   * Audiences that this authorization server puts into tokens for many servers. They cannot be
   * configured as an audience of this server. Upper and lower case do not matter. Names that are always
   * refused, such as `api`, need not be repeated. Default none.
   */
  readonly genericAudiences?: readonly string[]
  /**
   * What names the audience of a token that has no `aud`, for a server whose access tokens have none. A
   * token that has `aud` is not concerned, and a token that has nothing of the list is refused.
   *
   * - `scope-prefix`: the part of each scope before its last `/`, where the server writes a scope as the
   *   identifier of the protected resource, `/`, and a name (Amazon Cognito).
   * - `client-id`: the client id. The ids of the clients must then be configured as audiences. A token that
   *   such a client got for another server is accepted too.
   *
   * Default none: a token without `aud` is refused.
   */
  readonly audienceSubstitutes?: readonly AudienceSubstitute[]
  /**
   * Says whether a JWT is lightweight: it lacks claims that introspection adds. With hybrid
   * verification, the signature of such a token is verified, introspection adds the missing claims, and
   * then every rule is checked. A result other than `true`, or an error, means `false`. Default: no token
   * is lightweight.
   */
  isLightweight?(claims: Claims): boolean
  /**
   * Members of `cnf` (RFC 7800 §3) that only describe another member, and do not bind the token to a
   * key. Each is the name of such a member, with the name of the member that it describes. A token with
   * any other unknown member is refused. Default none.
   */
  readonly confirmationNotes?: Readonly<Record<string, keyof Confirmation>>
  /**
   * Members of introspection answers that must be strings. An answer with another type is the
   * authorization server's fault (503), not the caller's. The members of RFC 7662 §2.2 and of
   * `clientIdClaims` are always checked. Default none.
   */
  readonly introspectionTexts?: readonly string[]
  /**
   * Reads the reason of a refused token exchange, for a server whose error code alone is not clear.
   * `undefined` means that the code counts, as in RFC 6749 §5.2 and RFC 8693 §2.2.2. Default: the code
   * always counts.
   */
  readExchangeRefusal?(refusal: ExchangeRefusal): TokenExchangeReason | undefined
  /** Explanations for the operator. Default none. */
  readonly hints?: ProfileHints
}
