import { ChallengeError } from '../errors.ts'
import { quoted } from '../quoted.ts'

/**
 * Audiences that many resource servers of one authorization server accept, so that a token for
 * any of them would open this one too. They may not be configured (S1.12).
 *
 * @internal
 */
export const GENERIC_AUDIENCES: ReadonlySet<string> = new Set([
  // Keycloak puts `account` into nearly every token; the rest are clients that every realm has.
  'account',
  'account-console',
  'admin-cli',
  'broker',
  'master-realm',
  'realm-management',
  'security-admin-console',
  // What the realm recipe puts into tokens that were requested without `resource`.
  'urn:mcp:no-resource',
  // names that are nobody's
  '*',
  'all',
  'any',
  'api',
  'audience',
  'client',
  'default',
  'localhost',
  'mcp',
  'public',
  'resource',
  'server',
])

/**
 * Reads `aud` and demands that one of its entries is one of ours, compared as exact strings
 * (RFC 9068 §4, RFC 8707 §2, MCP-14).
 *
 * @throws {ChallengeError} `audience_missing`, `audience_mismatch`, `claim_malformed`
 * @internal
 */
export function checkAudience(
  aud: unknown,
  accepted: ReadonlySet<string>,
  sole: boolean,
): readonly string[] {
  if (aud === undefined) {
    throw new ChallengeError('audience_missing', `no "aud"; expected ${quotedList(accepted)}`)
  }
  const audience = readAudience(aud)
  if (audience.length === 0) {
    throw new ChallengeError('audience_missing', `"aud" is empty; expected ${quotedList(accepted)}`)
  }
  const fits = sole
    ? audience.every((entry) => accepted.has(entry))
    : audience.some((entry) => accepted.has(entry))
  if (!fits) {
    throw new ChallengeError(
      'audience_mismatch',
      `"aud" is ${quoted(aud)}; expected ${sole ? 'nothing but ' : ''}${quotedList(accepted)}`,
    )
  }
  return audience
}

/**
 * `aud` as a list.
 *
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function readAudience(aud: unknown): readonly string[] {
  const audience = typeof aud === 'string' ? [aud] : aud
  if (!Array.isArray(audience) || !audience.every((entry) => typeof entry === 'string')) {
    throw new ChallengeError('claim_malformed', '"aud" is neither a string nor a list of strings')
  }
  return audience
}

function quotedList(accepted: ReadonlySet<string>): string {
  return [...accepted].map(quoted).join(' or ')
}
