import { readOptions } from '../options/read-options.ts'
import type { TokenProfile } from '../token/profile.ts'
import { profileSchema } from '../token/profile-schema.ts'

/**
 * Makes a token profile for an authorization server that this package has no profile for. A mistake shows
 * here, and not when the resource server is created.
 *
 * @throws {TypeError} naming the member that is wrong
 *
 * @example
 * ```ts
 * import { customProfile } from 'mcp-resource-server/profiles'
 *
 * const acmeProfile = customProfile({ name: 'acme', scopeClaims: ['scp'], clientIdClaims: ['cid'] })
 * console.log(acmeProfile.name)
 * ```
 */
export function customProfile(profile: TokenProfile): TokenProfile {
  return Object.freeze({ ...readOptions('customProfile', profileSchema, profile) })
}
