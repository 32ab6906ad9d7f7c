import type { AuthorizationServerOptions } from '../resource-server/authorization-server-options.ts'
import type { TokenProfile } from '../token/profile.ts'
import type { VendorOptions } from './options.ts'

/**
 * Makes the options of an authorization server whose access tokens are JWTs. Opaque tokens are not
 * introspected unless the options say so: the vendor issues none for an API, and each one that somebody
 * makes up would be a call.
 *
 * @param audiences accepted besides `additionalAudiences` of the options
 * @internal
 */
export function vendorServer(
  issuer: string,
  profile: TokenProfile,
  options: VendorOptions,
  audiences: readonly string[] = [],
): AuthorizationServerOptions {
  const { introspection, additionalAudiences = [], ...rest } = options
  const accepted = [...new Set([...additionalAudiences, ...audiences])]
  return {
    ...rest,
    issuer,
    profile,
    ...(accepted.length === 0 ? {} : { additionalAudiences: accepted }),
    ...(introspection === undefined
      ? {}
      : { introspection: { opaqueTokens: false, ...introspection } }),
  }
}
