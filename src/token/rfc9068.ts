import { quoted } from '../quoted.ts'
import type { TokenProfile } from './profile.ts'
import { rolesClaim } from './roles.ts'
import { isAtJwt, typeRefused } from './token-type.ts'

/** A profile in which every member with a default is set. */
export type Rfc9068Profile = TokenProfile &
  Required<
    Pick<
      TokenProfile,
      'requiredClaims' | 'scopeClaims' | 'clientIdClaims' | 'rolesOf' | 'checkType'
    >
  >

/**
 * The default profile: access tokens exactly as in RFC 9068. Its members are the defaults for the
 * members that another profile leaves out.
 */
export const rfc9068Profile: Rfc9068Profile = Object.freeze({
  name: 'rfc9068',
  requiredClaims: Object.freeze(['sub', 'client_id', 'iat', 'jti']),
  scopeClaims: Object.freeze(['scope']),
  // A JWT must have `client_id`, so `azp` is used only for introspection answers.
  clientIdClaims: Object.freeze(['client_id', 'azp']),
  rolesOf: rolesClaim,
  checkType({ headerType, source }) {
    if (source === 'jwt' && !isAtJwt(headerType)) {
      throw typeRefused(
        `header "typ" is ${quoted(headerType)}; RFC 9068 expects "at+jwt". Set the option \`profile\` to the profile of your authorization server (for Keycloak: keycloakProfile of mcp-resource-server/keycloak), let the server issue RFC 9068 tokens, or use introspection`,
      )
    }
  },
} satisfies TokenProfile)
