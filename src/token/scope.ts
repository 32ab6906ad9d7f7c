import { ChallengeError, UnavailableError } from '../errors.ts'
import type { VerifiedToken } from './verified-token.ts'

/**
 * Reads `scope`: words with blanks between them (RFC 8693 §4.2), or a list of words. A word twice
 * counts once.
 *
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function readScopes(scope: unknown): readonly string[] {
  if (scope === undefined) return []
  const words = typeof scope === 'string' ? scope.split(' ') : scope
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) {
    throw new ChallengeError('claim_malformed', '"scope" is neither a string nor a list of strings')
  }
  return [...new Set(words.filter((word) => word !== ''))]
}

/**
 * Scopes without those that an introspection answer no longer names. An answer without `scope`
 * takes none away.
 *
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function stillGranted(scopes: readonly string[], answered: unknown): readonly string[] {
  if (answered === undefined) return scopes
  const named = readScopes(answered)
  return scopes.filter((scope) => named.includes(scope))
}

/** RFC 6749 §3.3 `scope-token`. @internal */
export const SCOPE_TOKEN: RegExp = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Judges scopes that a call asks for, and that a challenge would name. `offline_access` is between
 * client and authorization server (MCP-4).
 *
 * @throws {UnavailableError} `verifier_failed`: our own mistake
 * @internal
 */
export function assertScopeTokens(scopes: readonly string[]): void {
  for (const scope of scopes) {
    if (!canBeAsked(scope)) {
      throw new UnavailableError(
        'verifier_failed',
        'a required scope is offline_access, or is not a valid scope-token (RFC 6749 §3.3)',
      )
    }
  }
}

/** Whether a challenge may name a scope. @internal */
export function canBeAsked(scope: string): boolean {
  return SCOPE_TOKEN.test(scope) && scope !== 'offline_access'
}

/** Claims in which other authorization servers put what a token may do. They do not count here. */
const LIKE_SCOPE = [
  'scp',
  'scopes',
  'permissions',
  'roles',
  'authorities',
  'groups',
  'realm_access',
  'resource_access',
] as const

/**
 * For the operator, of a token with too few scopes: what it has in place of `scope`. Empty where it
 * has scopes.
 *
 * @internal
 */
export function hintAtScopes({ scopes, claims }: VerifiedToken): string {
  if (scopes.length > 0 || claims?.scope !== undefined) return ''
  const seen = LIKE_SCOPE.filter((name) => claims?.[name] !== undefined)
  const instead =
    seen.length === 0 ? '' : `; it has ${seen.map((name) => `"${name}"`).join(' and ')}`
  return `; the token has no "scope", the only claim that scopes are read from${instead}`
}
