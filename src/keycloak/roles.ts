import { ownMember } from '../json-object.ts'
import { realmAccessRoles, rolesIn } from '../token/roles.ts'
import type { VerifiedToken } from '../token/verified-token.ts'

/**
 * The realm roles that a token carries (`realm_access.roles`). A claim of another shape is no
 * role: the list is empty then.
 *
 * @example
 * ```ts
 * import type { VerifiedToken } from 'mcp-resource-server'
 * import { realmRoles } from 'mcp-resource-server/keycloak'
 *
 * const mayAdminister = (token: VerifiedToken) => realmRoles(token).includes('mcp-admin')
 * console.log(mayAdminister.name)
 * ```
 */
export function realmRoles(token: Pick<VerifiedToken, 'claims'>): readonly string[] {
  return realmAccessRoles(token.claims)
}

/**
 * The roles of one client that a token carries (`resource_access.<clientId>.roles`). A claim of
 * another shape is no role: the list is empty then.
 *
 * @example
 * ```ts
 * import type { VerifiedToken } from 'mcp-resource-server'
 * import { clientRoles } from 'mcp-resource-server/keycloak'
 *
 * const mayWrite = (token: VerifiedToken) =>
 *   clientRoles(token, 'mcp-resource-server').includes('writer')
 * console.log(mayWrite.name)
 * ```
 */
export function clientRoles(
  token: Pick<VerifiedToken, 'claims'>,
  clientId: string,
): readonly string[] {
  return rolesIn(ownMember(ownMember(token.claims, 'resource_access'), clientId))
}
