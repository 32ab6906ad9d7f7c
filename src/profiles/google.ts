import { readOptions } from '../options/read-options.ts'
import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import { googleProfile } from './google-profile.ts'
import type { GoogleOptions } from './options.ts'
import { googleSchema } from './options-schema.ts'

/**
 * Makes the options for Google as authorization server. Google's access tokens are opaque and for Google's
 * own APIs: every token is sent to the tokeninfo endpoint, and only tokens of your own clients are accepted.
 * Whoever gets such a token can use it at Google too, with its scopes. So ask for few scopes, such as
 * `openid` and `https://www.googleapis.com/auth/userinfo.email`.
 *
 * @throws {TypeError} naming the option that is wrong
 *
 * @example
 * ```ts
 * import { createResourceServer } from 'mcp-resource-server'
 * import { google } from 'mcp-resource-server/profiles'
 *
 * const resourceServer = createResourceServer({
 *   resource: 'https://mcp.example.com/mcp',
 *   authorizationServer: google({ clientIds: ['407408718192.apps.googleusercontent.com'] }),
 *   requiredScopes: ['openid'],
 * })
 * console.log(resourceServer.metadata.authorization_servers)
 * ```
 */
export function google(options: GoogleOptions): AuthorizationServerOptions {
  const { clientIds, endpoint } = readOptions('google', googleSchema, options)
  const { clientIds: _clientIds, endpoint: _endpoint, additionalAudiences = [], ...rest } = options
  return {
    ...rest,
    issuer: 'https://accounts.google.com',
    profile: googleProfile,
    tokenInfo: { endpoint },
    additionalAudiences: [...new Set([...additionalAudiences, ...clientIds])],
  }
}
