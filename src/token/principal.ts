import type { VerifiedToken } from './verified-token.ts'

/**
 * Identifies the caller of a token: issuer, subject and client as one string (RFC 9700 §4.15). A
 * refreshed token gives the same string.
 *
 * Use it for anything that belongs to a caller, such as a state handle or a job. Store the string
 * with it, and compare the string when it is used again (MCP-21).
 *
 * @returns `undefined` if the token has no subject, because many callers may share one client
 *
 * @example
 * ```ts
 * import { principalOf, type VerifiedToken } from 'mcp-resource-server'
 *
 * const owners = new Map<string, string | undefined>()
 * const mayUse = (handle: string, token: VerifiedToken) => {
 *   const principal = principalOf(token)
 *   return principal !== undefined && owners.get(handle) === principal
 * }
 * console.log(mayUse.name)
 * ```
 */
export function principalOf(
  token: Pick<VerifiedToken, 'issuer' | 'subject' | 'clientId'>,
): string | undefined {
  const { issuer, subject, clientId } = token
  if (subject === undefined) return undefined
  return JSON.stringify([issuer, subject, clientId ?? null])
}
