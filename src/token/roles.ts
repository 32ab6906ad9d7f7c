import type { Claims } from './verified-token.ts'

/** Reads the claim `roles` (RFC 9068 §2.2.3.1). A claim that is not a list gives no roles. @internal */
export function rolesClaim(claims: Claims): readonly string[] {
  const { roles } = claims
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : []
}
