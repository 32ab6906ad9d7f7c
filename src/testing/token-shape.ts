import type { TokenProfile } from '../token/profile.ts'
import type { Claims } from '../token/verified-token.ts'

/** What a token says, for a {@link TestTokenShape}. */
export interface TestTokenContent {
  readonly issuer: string
  /** The user or service: `sub`. */
  readonly subject: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  readonly audience: string | readonly string[]
  /** The login session: `sid`. */
  readonly session: string | undefined
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** Seconds since the epoch. */
  readonly expiresAt: number
  /** A new id for each token: `jti`. */
  readonly tokenId: string
  /** The SHA-256 thumbprint of the DPoP key that the token is bound to. */
  readonly thumbprint: string | undefined
}

/** What the tokens of one kind of authorization server look like, and the profile that accepts them. */
export interface TestTokenShape {
  /** The profile of resource servers that accept these tokens. */
  readonly profile: TokenProfile
  /** The header `typ` of a JWT; `undefined` for none. */
  readonly headerType: string | undefined
  /** The claims of a token. Introspection answers with the same claims. */
  claims(content: TestTokenContent): Claims
  /** The claims of a lightweight JWT. Introspection answers with those of `claims`. */
  lightweightClaims?(content: TestTokenContent): Claims
  /** Members of introspection answers besides the claims. */
  introspected?(claims: Claims): Claims
  /**
   * The answer of a tokeninfo endpoint about an opaque token. A server with this member has that endpoint at
   * `/tokeninfo`, in place of introspection and JWTs.
   *
   * @param claims what `claims` returned for the token
   * @param now seconds since the epoch
   */
  tokenInfo?(claims: Claims, now: number): Claims
  /** Members of the metadata besides the usual ones. */
  metadata?(issuer: string): Claims
  /**
   * The document at the issuer's URL.
   *
   * @param notBefore the time until which all tokens are revoked, in seconds since the epoch; 0 for none
   */
  issuerDocument?(issuer: string, notBefore: number): Claims
}
