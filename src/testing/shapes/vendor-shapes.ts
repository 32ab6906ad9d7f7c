import { auth0Profile } from '../../profiles/auth0-profile.ts'
import { cognitoProfile } from '../../profiles/cognito-profile.ts'
import { entraIdProfile } from '../../profiles/entra-id-profile.ts'
import { googleProfile } from '../../profiles/google-profile.ts'
import { oktaProfile } from '../../profiles/okta-profile.ts'
import type { TestTokenContent, TestTokenShape } from '../token-shape.ts'
import { registeredClaims } from './registered-claims.ts'

type Claims = Readonly<Record<string, unknown>>

/** The vendors of `mcp-resource-server/profiles`. @internal */
export type VendorName = 'auth0' | 'entra-id' | 'okta' | 'cognito' | 'google'

/**
 * The access tokens of vendors, as they document them: see the doc comments of the profiles.
 *
 * @internal
 */
export const VENDOR_SHAPES: Readonly<Record<VendorName, TestTokenShape>> = {
  auth0: {
    profile: auth0Profile,
    headerType: 'JWT',
    claims: (content) => ({
      ...registeredClaims(content),
      jti: undefined,
      azp: content.clientId,
      ...rolesIn('permissions', content),
    }),
  },
  'entra-id': {
    profile: entraIdProfile,
    headerType: 'JWT',
    claims: (content) => ({
      ...registeredClaims(content),
      jti: undefined,
      scope: undefined,
      uti: content.tokenId,
      nbf: content.issuedAt,
      azp: content.clientId,
      azpacr: '0',
      // Clients ask for `api://6e74172b/read`, and the token has `read`.
      scp: content.scopes.map((name) => name.replace(/^[a-z]+:\/\/.*\//, '')).join(' '),
      ver: '2.0',
      ...rolesIn('roles', content),
    }),
  },
  okta: {
    profile: oktaProfile,
    headerType: undefined,
    claims: (content) => ({
      ...registeredClaims(content),
      scope: undefined,
      jti: `AT.${content.tokenId}`,
      ver: 1,
      cid: content.clientId,
      scp: content.scopes,
      ...rolesIn('groups', content),
    }),
  },
  // With a resource binding. For a token without one, set the claim `aud` to `undefined`.
  cognito: {
    profile: cognitoProfile,
    headerType: undefined,
    claims: (content) => ({
      ...registeredClaims(content),
      version: 2,
      client_id: content.clientId,
      token_use: 'access',
      auth_time: content.issuedAt,
      ...rolesIn('cognito:groups', content),
    }),
  },
  // The audience is the client. For another one, set the claim `aud`.
  google: {
    profile: googleProfile,
    headerType: undefined,
    claims: ({ clientId, subject, scopes, expiresAt }) => ({
      azp: clientId,
      aud: clientId,
      sub: subject,
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      exp: expiresAt,
      access_type: 'online',
    }),
    tokenInfo: ({ exp, ...claims }, now) => ({
      ...claims,
      exp: String(exp),
      expires_in: String(Math.floor(Number(exp) - now)),
    }),
    metadata: () => ({ introspection_endpoint: undefined }),
  },
}

function rolesIn(name: string, { roles }: TestTokenContent): Claims {
  return roles.length === 0 ? {} : { [name]: roles }
}
