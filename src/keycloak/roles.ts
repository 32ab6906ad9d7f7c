import { ownMember } from '../json-object.ts'
import type { Claims, VerifiedToken } from '../token/verified-token.ts'

/**
 * Reads the realm roles of a token (`realm_access.roles`). The list is empty if the claim is missing or
 * malformed.
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
 * Reads the roles that a token has for one client (`resource_access.<clientId>.roles`). The list is
 * empty if the claim is missing or malformed.
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

/** Reads `realm_access.roles`. The list is empty if the claim is missing or malformed. @internal */
export function realmAccessRoles(claims: Claims): readonly string[] {
  return rolesIn(ownMember(claims, 'realm_access'))
}

/** Reads `roles` of an object such as `realm_access`. The list is empty unless every entry is a string. */
function rolesIn(access: unknown): readonly string[] {
  const roles = ownMember(access, 'roles')
  return Array.isArray(roles) && roles.every((role) => typeof role === 'string')
    ? Object.freeze([...new Set<string>(roles)])
    : []
}
