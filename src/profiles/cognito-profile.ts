import { quoted } from '../quoted.ts'
import type { ProfileHints, TokenProfile } from '../token/profile.ts'
import { typeRefused } from '../token/token-type.ts'
import { checkHeaderType, namesIn } from './access-token.ts'

/**
 * The token profile of Amazon Cognito user pools. It differs from RFC 9068: the header has no `typ`, and a
 * token has `aud` only if the client asked for a resource binding. The scopes of a token without `aud` name
 * its audience: a scope is the identifier of a resource server, `/` and a name. The claim `token_use` must be
 * `access`. Roles are the claim `cognito:groups`.
 *
 * Sources:
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 * and
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
 *
 * @example
 * ```ts
 * import { cognitoProfile } from 'mcp-resource-server/profiles'
 * import { createJwtVerifier } from 'mcp-resource-server/verifiers'
 *
 * const verifier = createJwtVerifier({
 *   issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Abc123xyz',
 *   audience: 'https://mcp.example.com/mcp',
 *   profile: cognitoProfile,
 * })
 * console.log(typeof verifier.verify)
 * ```
 */
export const cognitoProfile: TokenProfile = Object.freeze({
  name: 'cognito',
  requiredClaims: Object.freeze(['sub', 'iat', 'jti', 'token_use']),
  clientIdClaims: Object.freeze(['client_id']),
  rolesOf: (claims) => namesIn(claims, 'cognito:groups'),
  checkType({ claims, headerType, source }) {
    if (source === 'jwt') checkHeaderType('Cognito', headerType, [undefined, 'jwt', 'at+jwt'])
    if (claims.token_use === 'access') return
    throw typeRefused(
      `claim "token_use" is ${quoted(claims.token_use)}; Cognito's access tokens have "access"`,
    )
  },
  audienceSubstitutes: Object.freeze(['scope-prefix'] as const),
  hints: Object.freeze({
    refused(reason, claims) {
      if (claims?.aud !== undefined || claims?.token_use !== 'access') return undefined
      if (reason !== 'audience_missing' && reason !== 'audience_mismatch') return undefined
      const found = reason === 'audience_missing' ? 'names no API' : 'has scopes of other APIs only'
      return `the token has no "aud", and ${found}: the client must send "resource" (resource binding), or ask for a scope of a resource server whose identifier is an accepted audience`
    },
    unknownIssuer: () =>
      'the issuer is https://cognito-idp.<region>.amazonaws.com/<user pool id>, or has the host issuer-cognito-idp…: check the region and the user pool id',
  } satisfies ProfileHints),
} satisfies TokenProfile)
