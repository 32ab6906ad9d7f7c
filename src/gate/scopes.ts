import { ChallengeError } from '../errors/challenge-error.ts'
import type { CheckedRequest } from '../mcp/policy/check-request.ts'
import { quoted } from '../quoted.ts'
import { nearMissText } from '../token/near-miss-texts.ts'
import { canBeAsked, hintAtScopes } from '../token/scope.ts'
import type { VerifiedToken } from '../token/verified-token.ts'
import type { Gate } from './gate.ts'

/**
 * Checks that a token has all scopes that its request needs: the scopes of the route, and the scopes of
 * the operations in the body. One challenge names all of them (MCP-10).
 *
 * @param demand what the operations need; `undefined` when no policy applies
 * @throws {ChallengeError} `scope_missing`
 * @internal
 */
export function checkScopes(
  gate: Pick<Gate, 'expandScopes' | 'scopeClaimsOf' | 'challengeIncludesGranted'> &
    Partial<Pick<Gate, 'rememberedScopes'>>,
  token: VerifiedToken,
  requiredScopes: readonly string[],
  demand: CheckedRequest | undefined,
): void {
  const granted = gate.expandScopes(token.scopes)
  const missing = firstMissing(requiredScopes, granted)
  if (missing === undefined && demand?.lacking === undefined) return
  const named = new Set([...requiredScopes, ...(demand?.scopes ?? [])])
  if (gate.challengeIncludesGranted) {
    for (const scope of token.scopes.filter(canBeAsked)) named.add(scope)
  }
  const missingForDemand = demand?.scopes.filter((scope) => !granted.includes(scope)) ?? []
  const what =
    missing === undefined
      ? `${demand?.lacking}; it lacks ${missingForDemand.map(quoted).join(' and ')}`
      : `every request needs ${quoted(missing)}`
  const lacking = missing === undefined ? missingForDemand : [missing, ...missingForDemand]
  const nearMiss = gate.rememberedScopes?.hadOneOf(lacking, token) ? 'scope_lost' : undefined
  const hint = `${hintAtScopes(token, gate.scopeClaimsOf(token))}${nearMissText(nearMiss)}`
  const detail = `the token has too few scopes: ${what}${hint}`
  throw new ChallengeError('scope_missing', detail, [...named], nearMiss)
}

/** The first required scope that is not granted. Every request comes here, so nothing is created. */
function firstMissing(required: readonly string[], granted: readonly string[]): string | undefined {
  for (const scope of required) if (!granted.includes(scope)) return scope
  return undefined
}
