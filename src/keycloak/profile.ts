import { isObject } from '../json-object.ts'
import { quoted } from '../quoted.ts'
import type { TokenProfile } from '../token/profile.ts'
import { isAtJwt, typeRefused } from '../token/token-type.ts'
import { readExchangeRefusal } from './exchange-refusals.ts'
import { keycloakHints } from './profile-hints.ts'
import { DECOY_AUDIENCE } from './realm-scopes.ts'
import { realmAccessRoles } from './roles.ts'

/** Clients that every realm has, so tokens for other servers may have them as audience. `account` is refused for every profile. */
const BUILT_IN_CLIENTS = [
  'account-console',
  'admin-cli',
  'broker',
  'master-realm',
  'realm-management',
  'security-admin-console',
]

/**
 * The token profile of Keycloak 26. `keycloak()` uses it. It differs from RFC 9068: the header `typ`
 * may be `JWT`, which is Keycloak's default, and the client id may be in `azp` only. But the claim
 * `typ` must be `Bearer` (or `DPoP` in a token that is bound to a DPoP key).
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
  // Realm roles only. A client role of the same name is another role, which others may assign.
  rolesOf: realmAccessRoles,
  checkType({ claims, headerType, source }) {
    if (source === 'jwt' && headerType?.toLowerCase() !== 'jwt' && !isAtJwt(headerType)) {
      throw typeRefused(
        `header "typ" is ${quoted(headerType)}; Keycloak's access tokens have "JWT" or "at+jwt"`,
      )
    }
    // ID, refresh, offline and logout tokens have other values of the claim `typ`.
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
  // `kc-jkt-type` only describes `jkt`: it says how the client presented its DPoP key.
  confirmationNotes: Object.freeze({ 'kc-jkt-type': 'jkt' }),
  introspectionTexts: Object.freeze(['typ']),
  readExchangeRefusal,
  hints: keycloakHints,
} satisfies TokenProfile)
