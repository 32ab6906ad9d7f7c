import { readOptions } from '../options/read-options.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { TokenProfile } from '../token/profile.ts'
import { namesIn } from './access-token.ts'
import { oktaProfile } from './okta-profile.ts'
import type { OktaOptions } from './options.ts'
import { oktaSchema } from './options-schema.ts'
import { vendorServer } from './vendor-server.ts'

/**
 * Makes the options for a custom authorization server of Okta. The audience of its tokens is set at the
 * authorization server: set it to the URL of this server, or name it in `additionalAudiences`.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { okta } from 'mcp-resource-server/profiles'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: okta({
 *     domain: 'acme.okta.com',
 *     authorizationServerId: 'aus9o8wzkhckw9TLa0h7z',
 *   }),
 *   requiredScopes: ['mcp:tools'],
 * })
 * console.log(resourceServer.metadata.authorization_servers)
 * ```
 */
export function okta(options: OktaOptions): AuthorizationServerOptions {
  const { domain, authorizationServerId, rolesClaim } = readOptions('okta', oktaSchema, options)
  const { domain: _domain, authorizationServerId: _id, rolesClaim: _claim, ...rest } = options
  const profile: TokenProfile =
    rolesClaim === undefined
      ? oktaProfile
      : { ...oktaProfile, rolesOf: (claims) => namesIn(claims, rolesClaim) }
  return vendorServer(`https://${domain}/oauth2/${authorizationServerId}`, profile, rest)
}
