import type { TokenProfile } from '../token/profile.ts'
import { audiencesIn, checkHeaderType, checkNoIdToken, namesIn } from './access-token.ts'

const ASK =
  'in Auth0: the client must name this server, by "resource" (Settings > Advanced > Resource Parameter Compatibility Profile) or by "audience"; or set a default audience for the tenant'

/**
 * The token profile of Auth0, for both of its access token profiles. It differs from RFC 9068: the header
 * `typ` may be `JWT`, the client id may be in `azp`, and `jti` may be missing. Roles are the claim
 * `permissions`: what the user may do, also if the client did not ask for it.
 *
 * Source: https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
 *
 * @example
 * ```ts
 * import { auth0Profile } from 'mcp-resource-server/profiles'
 * import { createJwtVerifier } from 'mcp-resource-server/verifiers'
 *
 * const verifier = createJwtVerifier({
 *   issuer: 'https://acme.eu.auth0.com/',
 *   audience: 'https://mcp.example.com/mcp',
 *   profile: auth0Profile,
 * })
 * console.log(typeof verifier.verify)
 * ```
 */
export const auth0Profile: TokenProfile = Object.freeze({
  name: 'auth0',
  requiredClaims: Object.freeze(['sub', 'iat']),
  clientIdClaims: Object.freeze(['client_id', 'azp']),
  rolesOf: (claims) => namesIn(claims, 'permissions'),
  checkType({ claims, headerType, source }) {
    if (source !== 'jwt') return
    checkHeaderType('Auth0', headerType, ['jwt', 'at+jwt'])
    checkNoIdToken('Auth0', claims, ['client_id', 'azp'])
  },
  hints: Object.freeze({
    refused(reason, claims) {
      if (reason === 'token_encrypted' || reason === 'token_opaque') {
        return `Auth0 issues such a token if the client names no API. ${ASK}`
      }
      if (reason === 'algorithm_refused') {
        return 'in Auth0: set the signing algorithm of the API to RS256'
      }
      const isOwn = audiencesIn(claims).every((entry) => /\/(?:userinfo|api\/v2\/?)$/.test(entry))
      if (reason !== 'audience_mismatch' || !isOwn) return undefined
      return `the token is for Auth0's own API. ${ASK}`
    },
    unknownIssuer: () =>
      "the issuer is https://, the tenant's domain (or its custom domain), and /",
  } satisfies TokenProfile['hints']),
} satisfies TokenProfile)
