import { isObject } from '../json-object.ts'
import { quoted } from '../quoted.ts'
import type { TokenProfile } from '../token/profile.ts'
import { isAtJwt, typeRefused } from '../token/token-type.ts'
import { readExchangeRefusal } from './exchange-refusals.ts'
import { keycloakHints } from './profile-hints.ts'
import { DECOY_AUDIENCE } from './realm-scopes.ts'
import { realmAccessRoles } from './roles.ts'

/** Clients that every realm has. `account`, which is in nearly every token, is refused everywhere. */
const BUILT_IN_CLIENTS = [
  'account-console',
  'admin-cli',
  'broker',
  'master-realm',
  'realm-management',
  'security-admin-console',
]

/**
 * The token profile of Keycloak 26, which `keycloak()` sets. It differs from RFC 9068 in that the
 * header `typ` may be `JWT`, Keycloak's default, and the client id may be only in `azp`. In return
 * the claim `typ` must be `Bearer`.
 *
 * @example
 * ```ts
 * import { createJwtVerifier } from 'mcp-resource-server/verifiers'
 * import { keycloakProfile } from 'mcp-resource-server/keycloak'
 *
 * const verifier = createJwtVerifier({
 *   issuer: 'https://sso.example.com/realms/acme',
 *   audience: 'https://mcp.example.com/mcp',
 *   profile: keycloakProfile,
 * })
 * console.log(typeof verifier.verify)
 * ```
 */
export const keycloakProfile: TokenProfile = Object.freeze({
  name: 'keycloak',
  requiredClaims: Object.freeze(['sub', 'iat', 'jti']),
  clientIdClaims: Object.freeze(['client_id', 'azp']),
  // Realm roles only: a client's role of the same name is another role, given by somebody else.
  rolesOf: realmAccessRoles,
  checkType({ claims, headerType, source }) {
    if (source === 'jwt' && headerType?.toLowerCase() !== 'jwt' && !isAtJwt(headerType)) {
      throw typeRefused(
        `header "typ" is ${quoted(headerType)}; Keycloak's access tokens have "JWT" or "at+jwt"`,
      )
    }
    // ID, refresh, offline and logout tokens have another value here.
    const bound = claims.typ === 'DPoP' && isObject(claims.cnf) && 'jkt' in claims.cnf
    if (claims.typ !== 'Bearer' && !bound) {
      throw typeRefused(
        `claim "typ" is ${quoted(claims.typ)}; Keycloak's access tokens have "Bearer"`,
      )
    }
  },
  genericAudiences: Object.freeze([...BUILT_IN_CLIENTS, DECOY_AUDIENCE]),
  // Keycloak's lightweight access tokens lack `sub` and `aud`; introspection adds them.
  isLightweight: (claims) => claims.sub === undefined || claims.aud === undefined,
  // Says how the DPoP key was shown.
  confirmationNotes: Object.freeze({ 'kc-jkt-type': 'jkt' }),
  introspectionTexts: Object.freeze(['typ']),
  readExchangeRefusal,
  hints: keycloakHints,
} satisfies TokenProfile)
