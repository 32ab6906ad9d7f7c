import { readOptions } from '../options/read-options.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { TokenProfile } from '../token/profile.ts'
import { namesIn } from './access-token.ts'
import { auth0Profile } from './auth0-profile.ts'
import type { Auth0Options } from './options.ts'
import { auth0Schema } from './options-schema.ts'
import { vendorServer } from './vendor-server.ts'

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
