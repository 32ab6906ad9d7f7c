import { keycloakProfile } from '../keycloak/profile.ts'
import type { TokenProfile } from '../token/profile.ts'
import { rfc9068Profile } from '../token/rfc9068.ts'
import type { TokenContent } from './token-options.ts'

/** How the tokens of one kind of authorization server look, and the profile that accepts them. @internal */
export interface TokenShape {
  readonly profile: TokenProfile
  readonly headerType: string
  claims(content: TokenContent): Readonly<Record<string, unknown>>
}

/** The kinds of authorization servers that a test issuer can be. */
export type TestProfile = 'rfc9068' | 'keycloak'

/** @internal */
export const TOKEN_SHAPES: Readonly<Record<TestProfile, TokenShape>> = {
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

function registeredClaims(content: TokenContent): Readonly<Record<string, unknown>> {
  const { issuer, subject, audience, issuedAt, expiresAt, tokenId, scopes, thumbprint } = content
  return {
    iss: issuer,
    sub: subject,
    aud: audience,
    iat: issuedAt,
    exp: expiresAt,
    jti: tokenId,
    scope: scopes.join(' '),
    ...(thumbprint === undefined ? {} : { cnf: { jkt: thumbprint } }),
  }
}
