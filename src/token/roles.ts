import { ownMember } from '../json-object.ts'
import type { Claims } from './verified-token.ts'

/** The claim `roles` (RFC 9068 §2.2.3.1). A claim of another shape gives no role. @internal */
export function rolesClaim(claims: Claims): readonly string[] {
  const { roles } = claims
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : []
}

/** Keycloak's `realm_access.roles`. A claim of another shape gives no role. @internal */
export function realmAccessRoles(claims: Claims): readonly string[] {
  return rolesIn(ownMember(claims, 'realm_access'))
}

/** The `roles` of an object such as `realm_access`: all of them are strings, or there are none. @internal */
export function rolesIn(access: unknown): readonly string[] {
  const roles = ownMember(access, 'roles')
  return Array.isArray(roles) && roles.every((role) => typeof role === 'string')
    ? Object.freeze([...new Set<string>(roles)])
    : []
}
