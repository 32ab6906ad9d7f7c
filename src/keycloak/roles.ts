import { isObject } from '../token/strict-json.ts'
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
  return rolesIn(member(token.claims, 'realm_access'))
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
  return rolesIn(member(member(token.claims, 'resource_access'), clientId))
}

function rolesIn(access: unknown): readonly string[] {
  const roles = member(access, 'roles')
  return Array.isArray(roles) && roles.every((role) => typeof role === 'string')
    ? Object.freeze([...new Set<string>(roles)])
    : []
}

/** Its own members alone: a client may be called `constructor`. */
function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
