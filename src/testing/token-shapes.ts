import { keycloakProfile } from '../keycloak/profile.ts'
import type { TokenProfile } from '../token/profile.ts'
import { rfc9068Profile } from '../token/rfc9068.ts'

type Claims = Readonly<Record<string, unknown>>

/** What a token says, for a {@link TestTokenShape}. */
export interface TestTokenContent {
  readonly issuer: string
  /** `undefined` for a token without a user, if the test asks for none. */
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
  /** Members of the metadata that this kind of server has in addition. */
  metadata?(issuer: string): Claims
}

/** The kinds of authorization servers that a test issuer can be. */
export type TestProfile = 'rfc9068' | 'keycloak'

/** @internal */
export const TOKEN_SHAPES: Readonly<Record<TestProfile, TestTokenShape>> = {
  rfc9068: {
    profile: rfc9068Profile,
    headerType: 'at+jwt',
    claims: (content) => ({
      ...registeredClaims(content),
      client_id: content.clientId,
      ...(content.roles.length === 0 ? {} : { roles: content.roles }),
    }),
  },
  keycloak: {
    profile: keycloakProfile,
    headerType: 'JWT',
    claims: (content) => ({
      ...registeredClaims(content),
      typ: content.thumbprint === undefined ? 'Bearer' : 'DPoP',
      azp: content.clientId,
      ...(content.roles.length === 0 ? {} : { realm_access: { roles: content.roles } }),
    }),
  },
}

function registeredClaims(content: TestTokenContent): Claims {
  const { issuer, subject, audience, issuedAt, expiresAt, tokenId, scopes, thumbprint } = content
  return {
    iss: issuer,
    sub: subject,
    aud: audience,
    iat: issuedAt,
    exp: expiresAt,
    jti: tokenId,
    scope: scopes.join(' '),
    ...(content.session === undefined ? {} : { sid: content.session }),
    ...(thumbprint === undefined ? {} : { cnf: { jkt: thumbprint } }),
  }
}
