import { ChallengeError } from '../errors.ts'
import { SCOPE_TOKEN } from '../options/scope-token.ts'
import { quoted } from '../quoted.ts'
import type { Claims, VerifiedToken } from './verified-token.ts'

/**
 * Reads the scopes of a token: a text with blanks between the scopes (RFC 8693 §4.2), or a list. A
 * repeated scope counts once.
 *
 * @param names of the claims that hold scopes; the first one that is there counts
 * @returns `undefined` where the token has none of these claims
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function readScopes(
  claims: Claims,
  names: readonly string[],
): readonly string[] | undefined {
  const name = names.find((candidate) => claims[candidate] !== undefined)
  return name === undefined ? undefined : readScopeList(claims[name], name)
}

/**
 * Reads one member that holds scopes.
 *
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function readScopeList(scope: unknown, name = 'scope'): readonly string[] {
  const words = typeof scope === 'string' ? scope.split(' ') : scope
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) {
    throw new ChallengeError(
      'claim_malformed',
      `"${name}" is neither a string nor a list of strings`,
    )
  }
  return [...new Set(words.filter((word) => word !== ''))]
}

/**
 * Removes the scopes that an introspection answer no longer names. An answer without scopes removes
 * none.
 *
 * @param names of the members that hold scopes in answers of this issuer
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function stillGranted(
  scopes: readonly string[],
  answer: Claims,
  names: readonly string[],
): readonly string[] {
  const named = readScopes(answer, names)
  return named === undefined ? scopes : scopes.filter((scope) => named.includes(scope))
}

/**
 * Whether a challenge may name a scope. `offline_access` is between client and authorization server
 * (MCP-4).
 *
 * @internal
 */
export function canBeAsked(scope: string): boolean {
  return SCOPE_TOKEN.test(scope) && scope !== 'offline_access'
}

/** Names of claims in which authorization servers put what a token may do, such as `scp`. */
const LIKE_SCOPE = /(?:^|_)(?:scp|scopes?|permissions|roles|authorities|groups|access)$/

/**
 * Explains to the operator why a token has no scopes: the claims where they were looked for, and the
 * claims that look like it.
 *
 * @param names of the claims that hold scopes in tokens of this issuer
 * @returns an empty text where the token has such a claim
 * @internal
 */
export function hintAtScopes(
  { scopes, claims }: VerifiedToken,
  names: readonly string[] = ['scope'],
): string {
  if (scopes.length > 0 || names.some((name) => claims?.[name] !== undefined)) return ''
  const alike = Object.keys(claims ?? {}).filter((name) => LIKE_SCOPE.test(name))
  const instead = alike.length === 0 ? '' : `; it has ${alike.map(quoted).join(' and ')}`
  const places = names.map(quoted).join(' and no ')
  const only = names.length === 1 ? 'the only claim' : 'the only claims'
  return `; the token has no ${places}, ${only} that scopes are read from${instead}`
}
