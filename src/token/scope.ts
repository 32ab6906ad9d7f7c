import { ChallengeError } from '../errors/challenge-error.ts'
import { SCOPE_TOKEN } from '../options/scope-token.ts'
import { quoted } from '../quoted.ts'
import type { Claims, VerifiedToken } from './verified-token.ts'

/**
 * Reads the scopes of a token: a string with spaces between the scopes (RFC 8693 §4.2), or a list. A
 * repeated scope counts once.
 *
 * @param names the names of the claims that hold scopes; the first of them that the token has counts
 * @param prefix is put before each scope: the profile's `scopePrefix`
 * @returns `undefined` if the token has none of these claims
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function readScopes(
  claims: Claims,
  names: readonly string[],
  prefix = '',
): readonly string[] | undefined {
  const name = names.find((candidate) => claims[candidate] !== undefined)
  if (name === undefined) return undefined
  const scopes = readScopeList(claims[name], name)
  return prefix === '' ? scopes : scopes.map((scope) => `${prefix}${scope}`)
}

/**
 * Reads the value of one claim that holds scopes.
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
 * Keeps the scopes of a token that its introspection answer still has. An answer without scopes
 * changes nothing.
 *
 * @param names the names of the members that hold scopes in introspection answers of this issuer
 * @param prefix as for {@link readScopes}
 * @throws {ChallengeError} `claim_malformed`
 * @internal
 */
export function stillGranted(
  scopes: readonly string[],
  answer: Claims,
  names: readonly string[],
  prefix = '',
): readonly string[] {
  const named = readScopes(answer, names, prefix)
  return named === undefined ? scopes : scopes.filter((scope) => named.includes(scope))
}

/**
 * Whether a challenge may name a scope. `offline_access` may not be named: it concerns only the client
 * and the authorization server (MCP-4).
 *
 * @internal
 */
export function canBeAsked(scope: string): boolean {
  return SCOPE_TOKEN.test(scope) && scope !== 'offline_access'
}

/** Matches names of claims in which some authorization servers put scopes or rights, such as `scp`. */
const LIKE_SCOPE = /(?:^|_)(?:scp|scopes?|permissions|roles|authorities|groups|access)$/

/**
 * Explains to the operator why a token has no scopes. The text names the claims that were read, and
 * the token's claims with similar names.
 *
 * @param names the names of the claims that hold scopes in tokens of this issuer
 * @returns an empty string if the token has one of these claims
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
