import { readOptions } from '../options/read-options.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { TokenProfile } from '../token/profile.ts'
import { audiencesIn, checkHeaderType, checkNoIdToken, namesIn } from './access-token.ts'
import type { Auth0Options } from './options.ts'
import { auth0Schema } from './options-schema.ts'
import { vendorServer } from './vendor-server.ts'

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
      const isOwn = audiencesIn(claims).every((entry) =>
        /\/(?:userinfo|api\/v2\/?)$/.test(String(entry)),
      )
      if (reason !== 'audience_mismatch' || !isOwn) return undefined
      return `the token is for Auth0's own API. ${ASK}`
    },
    unknownIssuer: () =>
      "the issuer is https://, the tenant's domain (or its custom domain), and /",
  } satisfies TokenProfile['hints']),
} satisfies TokenProfile)

/**
 * Makes the options for an Auth0 tenant as authorization server. The audience of the tokens is the
 * identifier of the API in Auth0: create the API with the URL of this server as identifier, or name the
 * identifier in `additionalAudiences`.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { auth0 } from 'mcp-resource-server/profiles'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: auth0({ domain: 'acme.eu.auth0.com' }),
 *   requiredScopes: ['mcp:tools'],
 * })
 * console.log(resourceServer.metadata.authorization_servers) // [ 'https://acme.eu.auth0.com/' ]
 * ```
 */
export function auth0(options: Auth0Options): AuthorizationServerOptions {
  const { domain, rolesClaim } = readOptions('auth0', auth0Schema, options)
  const { domain: _domain, rolesClaim: _rolesClaim, ...rest } = options
  const issuer = `https://${domain}/`
  const profile: TokenProfile = {
    ...auth0Profile,
    // Tokens for these APIs of Auth0 itself exist in every tenant.
    genericAudiences: [`${issuer}userinfo`, `${issuer}api/v2/`],
    ...(rolesClaim === undefined ? {} : { rolesOf: (claims) => namesIn(claims, rolesClaim) }),
  }
  return vendorServer(issuer, profile, rest)
}
