import { ChallengeError, UnavailableError } from '../errors.ts'

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
 * Demands every one of the scopes, and names them all: a client replaces what it asks for, so a
 * challenge that names only the missing ones makes it lose the others (MCP-10).
 *
 * @throws {ChallengeError} `scope_missing`
 * @internal
 */
export function requireScopes(granted: readonly string[], required: readonly string[]): void {
  for (const scope of required) {
    if (!granted.includes(scope)) {
      throw new ChallengeError('scope_missing', `the token lacks the scope "${scope}"`, required)
    }
  }
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
export function requireScopeTokens(scopes: readonly string[]): void {
  for (const scope of scopes) {
    if (!SCOPE_TOKEN.test(scope) || scope === 'offline_access') {
      throw new UnavailableError('verifier_failed', 'a required scope is none that can be demanded')
    }
  }
}
