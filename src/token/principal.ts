import type { VerifiedToken } from './verified-token.ts'

/**
 * Who is behind a token, as a text that can be a key: issuer, subject and client together
 * (RFC 9700 §4.15). The same before and after a refresh. To be kept with whatever belongs to a
 * caller (a state handle, a job) and compared when that is used again (MCP-21).
 *
 * @returns `undefined` where the token names no subject: its client may be anybody's
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
